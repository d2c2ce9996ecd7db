package io.thaw.daemon.main;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.Logger;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import org.slf4j.LoggerFactory;

/// Sets up the log: JSON lines on standard error, where systemd and containerd's own logs are read.
final class Logging {
  private Logging() {}

  static void start(String level) {
    if (!(LoggerFactory.getILoggerFactory() instanceof LoggerContext context)) {
      return;
    }
    context.reset();
    JsonEncoder encoder = new JsonEncoder();
    encoder.setContext(context);
    encoder.start();
    ConsoleAppender<ILoggingEvent> appender = new ConsoleAppender<>();
    appender.setContext(context);
    appender.setTarget("System.err");
    appender.setEncoder(encoder);
    appender.addFilter(new RepeatFilter(System::nanoTime));
    appender.start();
    Logger root = context.getLogger(org.slf4j.Logger.ROOT_LOGGER_NAME);
    root.addAppender(appender);
    root.setLevel(Level.WARN);
    // gRPC sets TCP's keep-alive on unix sockets, too, and Netty warns of it for every connection.
    context.getLogger("io.netty.bootstrap").setLevel(Level.ERROR);
    context.getLogger("io.thaw").setLevel(Level.toLevel(level));
  }
}
