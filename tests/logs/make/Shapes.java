// java.util.logging: java Shapes.java > java-util-logging.log
import java.util.logging.*;

public class Shapes {
    static void job() {
        try {
            throw new IllegalStateException("no space left on device");
        } catch (IllegalStateException cause) {
            throw new RuntimeException("job failed", cause);
        }
    }

    public static void main(String[] arguments) {
        var log = Logger.getLogger("com.example.Sync");
        log.setUseParentHandlers(false);
        var handler = new StreamHandler(System.out, new SimpleFormatter());
        handler.setLevel(Level.ALL);
        log.setLevel(Level.ALL);
        log.addHandler(handler);
        log.finest("stepping");
        log.fine("checking the queue");
        log.config("8 workers");
        log.info("service is up on port 8080");
        log.info("connection ERROR is only a word here");
        log.warning("queue is long: 95 of 100");
        log.severe("cannot reach the vault: no such host");
        try {
            job();
        } catch (RuntimeException error) {
            log.log(Level.SEVERE, "job failed", error);
        }
        log.info("bye");
        handler.flush();
    }
}
