package io.neurolink.perf.compare;

import io.neurolink.perf.report.Json;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;

/** The raw cells in a file, one JSON object a line; each is there as soon as it is measured. One thread. */
final class CellLog implements AutoCloseable {
    private final Writer file;

    CellLog(Path path) throws IOException {
        file = Files.newBufferedWriter(path);
    }

    void add(Cell cell) {
        try {
            file.write(Json.line(cell.toMap()) + "\n");
            file.flush();
        } catch (IOException e) {
            throw new UncheckedIOException("a cell could not be written", e);
        }
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
