package io.neurolink.agent;

import java.io.Console;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** The terminal as a page that is drawn anew, by ANSI sequences, and put back as it was at the end. */
final class AgentServerTerminal implements AutoCloseable {
    private static final String ENTER = "\u001b[?1049h\u001b[?25l";
    private static final String LEAVE = "\u001b[?25h\u001b[?1049l";
    private static final String TOP = "\u001b[H";
    private static final String END_OF_LINE = "\u001b[K";
    private static final String END_OF_PAGE = "\u001b[J";
    private static final int ROWS = 40;
    private static final int COLUMNS = 100;
    private static final long STTY_TIMEOUT_MS = 1000;

    private final PrintStream out;
    private final Thread restorer;
    private int rows = ROWS;
    private int columns = COLUMNS;

    private AgentServerTerminal(PrintStream out) {
        this.out = out;
        this.restorer = new Thread(this::leave, "neurolink-status-end");
    }

    /** @return whether standard output is a terminal that can be drawn on. From JDK 22 on a console is there also where it is none. */
    static boolean isThere() {
        String kind = System.getenv("TERM");
        Console console = System.console();
        if (console == null || kind == null || kind.isEmpty() || kind.equals("dumb")) {
            return false;
        }
        try {
            return (Boolean) Console.class.getMethod("isTerminal").invoke(console);
        } catch (NoSuchMethodException e) {
            return true;
        } catch (ReflectiveOperationException e) {
            return false;
        }
    }

    /** Takes the page, until it is closed or the process ends. */
    static AgentServerTerminal open(PrintStream out) {
        AgentServerTerminal terminal = new AgentServerTerminal(out);
        Runtime.getRuntime().addShutdownHook(terminal.restorer);
        out.print(ENTER);
        terminal.measure();
        return terminal;
    }

    int rows() {
        return rows;
    }

    int columns() {
        return columns;
    }

    /** Shows these lines and nothing else. */
    void draw(List<String> lines) {
        StringBuilder page = new StringBuilder(TOP);
        for (int i = 0; i < lines.size(); i++) {
            page.append(i == 0 ? "" : "\n").append(lines.get(i)).append(END_OF_LINE);
        }
        out.print(page.append(END_OF_PAGE));
        out.flush();
        measure();
    }

    /** There is no other way in Java to ask for the size, which may change. */
    private void measure() {
        try {
            Process stty = new ProcessBuilder("stty", "size").redirectInput(new File("/dev/tty")).start();
            if (stty.waitFor(STTY_TIMEOUT_MS, TimeUnit.MILLISECONDS) && stty.exitValue() == 0) {
                String[] size = new String(stty.getInputStream().readAllBytes(), StandardCharsets.US_ASCII).strip().split(" ");
                rows = Math.max(1, Integer.parseInt(size[0]));
                columns = Math.max(1, Integer.parseInt(size[1]));
            }
        } catch (IOException | RuntimeException e) {
            rows = ROWS;
            columns = COLUMNS;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void leave() {
        out.print(LEAVE);
        out.flush();
    }

    @Override
    public void close() {
        leave();
        Runtime.getRuntime().removeShutdownHook(restorer);
    }
}
