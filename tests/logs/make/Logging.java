// log4j and logback, with the libraries of Debian: java -cp … Logging.java NAME > NAME.log
import java.util.Map;

public class Logging {
    static final Map<String, String> LOG4J = Map.of(
        "log4j", "%d [%t] %-5level %logger{36} - %msg%n",
        "log4j-iso8601", "%d{ISO8601} %p %c: %m%n");
    static final Map<String, String> LOGBACK = Map.of(
        "logback", "%d{HH:mm:ss.SSS} [%thread] %-5level %logger{36} -%kvp- %msg%n",
        "logback-dated", "%d{yyyy-MM-dd HH:mm:ss.SSS} %-5level [%thread] %logger{36} : %msg%n");

    static void job() {
        try {
            throw new IllegalStateException("no space left on device");
        } catch (IllegalStateException cause) {
            throw new RuntimeException("job failed", cause);
        }
    }

    static RuntimeException failure() {
        try {
            job();
            return null;
        } catch (RuntimeException error) {
            return error;
        }
    }

    public static void main(String[] arguments) throws Exception {
        String name = arguments[0];
        if (LOG4J.containsKey(name)) {
            var builder = org.apache.logging.log4j.core.config.builder.api.ConfigurationBuilderFactory.newConfigurationBuilder();
            var layout = builder.newLayout("PatternLayout").addAttribute("pattern", LOG4J.get(name));
            builder.add(builder.newAppender("out", "Console").add(layout));
            builder.add(builder.newRootLogger(org.apache.logging.log4j.Level.ALL).add(builder.newAppenderRef("out")));
            org.apache.logging.log4j.core.config.Configurator.initialize(builder.build());
            var log = org.apache.logging.log4j.LogManager.getLogger("com.example.Sync");
            log.trace("stepping");
            log.debug("checking the queue");
            log.info("service is up on port 8080");
            log.info("connection ERROR is only a word here");
            log.warn("queue is long: 95 of 100");
            log.error("cannot reach the vault: no such host");
            log.error("job failed", failure());
            log.fatal("giving up");
            return;
        }
        var context = (ch.qos.logback.classic.LoggerContext) org.slf4j.LoggerFactory.getILoggerFactory();
        context.reset();
        var encoder = new ch.qos.logback.classic.encoder.PatternLayoutEncoder();
        encoder.setContext(context);
        encoder.setPattern(LOGBACK.get(name).replace("-%kvp-", "-"));
        encoder.start();
        var out = new ch.qos.logback.core.ConsoleAppender<ch.qos.logback.classic.spi.ILoggingEvent>();
        out.setContext(context);
        out.setEncoder(encoder);
        out.start();
        context.getLogger("ROOT").addAppender(out);
        context.getLogger("ROOT").setLevel(ch.qos.logback.classic.Level.ALL);
        var log = context.getLogger("com.example.Sync");
        log.trace("stepping");
        log.debug("checking the queue");
        log.info("service is up on port 8080");
        log.info("connection ERROR is only a word here");
        log.warn("queue is long: 95 of 100");
        log.error("cannot reach the vault: no such host");
        log.error("job failed", failure());
        log.info("bye");
    }
}
