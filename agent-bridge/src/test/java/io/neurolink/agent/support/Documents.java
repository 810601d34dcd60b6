package io.neurolink.agent.support;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Every Markdown file of the repository, with its parts: what a new page brings is found by itself. */
public final class Documents {
    /** The repository. */
    public static final Path ROOT = Path.of("").toAbsolutePath().getParent();

    private static final Set<String> NOT_OURS = Set.of("target", "node_modules", ".git", "out");
    private static final Pattern FENCED = Pattern.compile("^```([^\\n]*)\\n(.*?)^```[ \\t]*$", Pattern.DOTALL | Pattern.MULTILINE);
    private static final Pattern INDENTED = Pattern.compile("(?:\\A|\\n)\\n((?: {4}[^\\n]*\\n)+)");
    private static final Pattern SPAN = Pattern.compile("(?<!`)`([^`\\n]+)`(?!`)");
    private static final Pattern HEADING = Pattern.compile("^#{1,6} +(.*?)#* *$", Pattern.MULTILINE);
    private static final Pattern WORD = Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\\s\"'])+");
    private static final Pattern ID = Pattern.compile("<a (?:id|name)=\"([^\"]+)\"");

    /**
     * A page.
     *
     * @param path where it is
     * @param text what it says
     */
    public record Page(Path path, String text) {
        /** {@return its path from the root, for messages} */
        public String name() {
            return ROOT.relativize(path).toString();
        }

        /** {@return the fenced blocks, in order} */
        public List<Block> blocks() {
            return FENCED.matcher(text).results()
                    .map(found -> new Block(this, found.group(1).strip(), found.group(2), lineOf(text, found.start()))).toList();
        }

        /** {@return the blocks that are set off by four spaces, without these} */
        public List<String> indented() {
            return INDENTED.matcher(prose()).results().map(found -> found.group(1).replaceAll("(?m)^ {4}", "")).toList();
        }

        /** {@return what is set as code within a line} */
        public List<String> spans() {
            return SPAN.matcher(prose().replaceAll("(?m)^ {4}.*$", "")).results().map(found -> found.group(1)).toList();
        }

        /** {@return the text without its fenced blocks} */
        public String prose() {
            return FENCED.matcher(text).replaceAll("");
        }

        /** {@return what links may name after {@code #}, by GitHub's rules} */
        public Set<String> anchors() {
            Set<String> anchors = new TreeSet<>(ID.matcher(text).results().map(found -> found.group(1)).toList());
            for (MatchResult heading : HEADING.matcher(prose()).results().toList()) {
                String slug = slug(heading.group(1));
                String unique = slug;
                for (int i = 1; !anchors.add(unique); i++) {
                    unique = slug + "-" + i;
                }
            }
            return anchors;
        }

        private static String slug(String heading) {
            String words = heading.replaceAll("\\[([^]]*)]\\([^)]*\\)", "$1").toLowerCase(java.util.Locale.ROOT);
            return words.codePoints().filter(c -> Character.isLetterOrDigit(c) || c == ' ' || c == '-' || c == '_')
                    .mapToObj(Character::toString).collect(Collectors.joining()).strip().replace(' ', '-');
        }
    }

    /**
     * A fenced block.
     *
     * @param page    where it stands
     * @param heading what follows the fence: the language, and perhaps a name
     * @param text    the lines, each with its end
     * @param line    number of the line of the fence
     */
    public record Block(Page page, String heading, String text, int line) {
        /** {@return the language; empty where none is said} */
        public String language() {
            return heading.contains(" ") ? heading.substring(0, heading.indexOf(' ')) : heading;
        }

        /** {@return for messages} */
        public String place() {
            return page.name() + ":" + line;
        }
    }

    private Documents() {
    }

    private static int lineOf(String text, int offset) {
        return (int) text.substring(0, offset).lines().count() + 1;
    }

    /** {@return all pages, in the order of their paths} */
    public static List<Page> pages() {
        return files(".md").stream().map(path -> new Page(path, read(path))).toList();
    }

    /** {@return the repository's files whose names end so, without what builds leave} */
    public static List<Path> files(String ending) {
        List<Path> files = new ArrayList<>();
        try {
            Files.walkFileTree(ROOT, new SimpleFileVisitor<>() {
                @Override
                public FileVisitResult preVisitDirectory(Path folder, BasicFileAttributes attributes) {
                    return NOT_OURS.contains(folder.getFileName().toString()) ? FileVisitResult.SKIP_SUBTREE : FileVisitResult.CONTINUE;
                }

                @Override
                public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) {
                    if (file.getFileName().toString().endsWith(ending)) {
                        files.add(file);
                    }
                    return FileVisitResult.CONTINUE;
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return files.stream().sorted().toList();
    }

    /** {@return the file's text} */
    public static String read(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** {@return the lines without indentation, and no empty ones: a sample may stand in a method and its block at the margin} */
    public static String normalized(String text) {
        return text.lines().map(String::strip).filter(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
    }

    /** {@return a command's words, without quotes} */
    public static List<String> words(String command) {
        return WORD.matcher(command).results().map(MatchResult::group).map(word -> word.replaceAll("[\"']", "")).toList();
    }

    /** {@return the commands that the page shows: blocks for a shell, blocks set off, code within lines} */
    public static List<String> commands(Page page) {
        List<String> lines = new ArrayList<>();
        for (Block block : page.blocks()) {
            boolean isConsole = block.language().equals("console");
            if (isConsole || Set.of("sh", "bash", "shell").contains(block.language())) {
                joined(block.text()).lines().filter(line -> !isConsole || line.startsWith("$ "))
                        .map(line -> isConsole ? line.substring(2) : line).forEach(lines::add);
            }
        }
        page.indented().forEach(block -> joined(block).lines().forEach(lines::add));
        lines.addAll(page.spans());
        return lines.stream().flatMap(line -> split(line).stream()).toList();
    }

    private static String joined(String block) {
        return block.replaceAll("\\s*\\\\\\n\\s*", " ");
    }

    /** A line's commands, without comments and what sets the environment. */
    private static List<String> split(String line) {
        Matcher outsideQuotes = Pattern.compile("(?:\"[^\"]*\"|'[^']*'|[^\"'&|;]|(?<!&)&(?!&)(?=\\d)|(?<=>)&)+").matcher(
                line.replaceFirst("(?:^|\\s)#.*$", ""));
        return outsideQuotes.results().map(found -> found.group().strip().replaceFirst("^(?:[A-Z][A-Z0-9_]*=\\S* +)+", ""))
                .filter(command -> !command.isEmpty()).toList();
    }
}
