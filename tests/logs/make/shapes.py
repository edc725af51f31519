"""Python's loggers, each in a process of its own: python3 shapes.py NAME > NAME.log"""

import json
import logging
import logging.config
import sys
import time

out = sys.stdout


def events(log, warning=None):
    """What every daemon says."""
    log.debug("checking the queue")
    log.info("service is up on port 8080")
    log.info("connection ERROR is only a word here")
    (warning or log.warning)("queue is long: 95 of 100")
    log.error("cannot reach the vault: no such host")
    try:
        {}["job"]
    except KeyError:
        log.exception("job failed")
    log.critical("giving up")
    log.info("bye")


def stdlib(**config):
    logging.basicConfig(stream=out, level=logging.DEBUG, **config)
    events(logging.getLogger("src.daemon"))


DATE = "%Y-%m-%d %H:%M:%S"
STDLIB = {
    "python-default": {},
    "python-brackets": dict(format="%(asctime)s [%(levelname)s] %(name)s: %(message)s", datefmt=DATE),
    "python-dashes": dict(format="%(asctime)s - %(name)s - %(levelname)s - %(message)s"),
    "python-name-level": dict(format="%(asctime)s %(name)s %(levelname)s %(message)s"),
    "python-level-name": dict(format="%(asctime)s %(levelname)-8s %(name)s: %(message)s"),
    "python-time-in-brackets": dict(format="[%(asctime)s] %(levelname)s: %(name)s: %(message)s"),
    "python-brackets-all": dict(format="[%(asctime)s] [%(levelname)s] [%(name)s] %(message)s"),
    "python-pipes": dict(format="%(asctime)s | %(levelname)s | %(name)s | %(message)s"),
    "python-level-first": dict(format="%(levelname)s %(asctime)s %(module)s %(process)d %(thread)d %(message)s"),
    "python-level-colon-first": dict(format="%(levelname)s: %(asctime)s %(name)s:%(lineno)d- %(message)s"),
    "python-twelve-hours": dict(format="%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%m/%d/%Y %I:%M:%S %p"),
    "python-time-only": dict(format="%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%H:%M:%S"),
    "python-zone": dict(format="%(asctime)s [%(levelname)s] %(name)s: %(message)s", datefmt="%Y-%m-%dT%H:%M:%S%z"),
    "python-epoch": dict(format="%(created)f %(levelname)s %(name)s: %(message)s"),
    "python-day-first": dict(format="%(asctime)s %(levelname)s %(name)s: %(message)s", datefmt="%d.%m.%Y %H:%M:%S"),
    "python-thread": dict(format="%(asctime)s [%(threadName)s] %(levelname)s %(name)s - %(message)s"),
    "python-place": dict(format="%(asctime)s %(levelname)s [%(name)s:%(lineno)d] %(message)s"),
    "python-level-only": dict(format="[%(levelname)s] %(message)s"),
}


def python_custom_levels():
    for number, name in ((5, "TRACE"), (25, "NOTICE"), (35, "AUDIT")):
        logging.addLevelName(number, name)
    logging.basicConfig(stream=out, level=1, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s")
    log = logging.getLogger("src.daemon")
    log.log(5, "stepping")
    log.log(25, "backup done")
    log.log(35, "somebody logged in")
    log.log(37, "a level without a name")
    events(log)


def python_exceptions():
    logging.basicConfig(stream=out, level=1, format="%(asctime)s [%(levelname)s] %(name)s: %(message)s")
    log = logging.getLogger("src.daemon")
    try:
        try:
            1 / 0
        except ZeroDivisionError as error:
            raise RuntimeError("outer\n\nwith a blank line") from error
    except RuntimeError:
        log.exception("chained")
    try:
        try:
            1 / 0
        except ZeroDivisionError:
            raise RuntimeError("while handling")
    except RuntimeError:
        log.exception("during")
    try:
        raise ExceptionGroup("several", [ValueError("one"), TypeError("two")])
    except ExceptionGroup:
        log.exception("group")
    log.error("answer: %s", json.dumps({"level": "info", "code": 1}, indent=2))
    log.error('quoted\n{"level": "info", "msg": "in the error"}\nand more')
    log.info("bye")


def json_logger():
    from pythonjsonlogger.json import JsonFormatter

    handler = logging.StreamHandler(out)
    handler.setFormatter(JsonFormatter("%(asctime)s %(levelname)s %(name)s %(message)s"))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG)
    events(logging.getLogger("src.daemon"))


def logfmter():
    from logfmter import Logfmter

    handler = logging.StreamHandler(out)
    handler.setFormatter(Logfmter(keys=["time", "level", "logger"], mapping={"time": "asctime", "level": "levelname", "logger": "name"}))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG)
    events(logging.getLogger("src.daemon"))


def coloredlogs():
    import coloredlogs

    coloredlogs.install(level="DEBUG", stream=out, isatty=True)
    events(logging.getLogger("src.daemon"))


def loguru(**options):
    from loguru import logger

    logger.remove()
    logger.add(out, level=0, backtrace=False, diagnose=False, **options)
    logger.trace("stepping")
    logger.success("12 notes linked")
    logger.level("AUDIT", no=35)
    logger.log("AUDIT", "somebody logged in")
    events(logger)


def structlog(*renderers, stamp=None):
    import structlog

    structlog.configure(
        processors=[
            structlog.stdlib.add_logger_name,
            structlog.processors.add_log_level,
            stamp or structlog.processors.TimeStamper(fmt="iso"),
            *renderers,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
    )
    logging.basicConfig(stream=out, level=logging.DEBUG, format="%(message)s")
    events(structlog.get_logger("src.daemon"))


def with_structlog(name):
    import structlog as library

    processors = library.processors
    if name == "structlog-json":
        structlog(processors.format_exc_info, processors.JSONRenderer())
    elif name == "structlog-logfmt":
        structlog(processors.format_exc_info, processors.LogfmtRenderer(key_order=["timestamp", "level", "logger", "event"]))
    elif name == "structlog-keyvalue":
        structlog(processors.format_exc_info, processors.KeyValueRenderer(key_order=["timestamp", "level", "logger", "event"]))
    else:
        structlog_renderer = library.dev.ConsoleRenderer(
            colors=name == "structlog-console-colors", exception_formatter=library.dev.plain_traceback
        )
        stamp = processors.TimeStamper(fmt="%Y-%m-%d %H:%M:%S", utc=False)
        structlog(structlog_renderer, stamp=stamp)


def uvicorn(stamped):
    from copy import deepcopy

    from uvicorn.config import LOGGING_CONFIG

    config = deepcopy(LOGGING_CONFIG)
    for name in ("default", "access"):
        config["formatters"][name]["use_colors"] = False
        config["handlers"][name]["stream"] = "ext://sys.stdout"
        if stamped:
            config["formatters"][name]["fmt"] = "%(asctime)s " + config["formatters"][name]["fmt"]
    logging.config.dictConfig(config)
    log = logging.getLogger("uvicorn.error")
    log.info("Started server process [%d]", 812)
    log.info("Waiting for application startup.")
    log.info("Application startup complete.")
    access = logging.getLogger("uvicorn.access")
    for code in (200, 404, 500):
        access.info('%s - "%s %s HTTP/%s" %d', "127.0.0.1:50123", "GET", "/notes", "1.1", code)
    try:
        {}["job"]
    except KeyError:
        log.error("Exception in ASGI application\n", exc_info=True)
    log.warning("Invalid HTTP request received.")
    log.info("Shutting down")


def tornado():
    from tornado.log import LogFormatter

    handler = logging.StreamHandler(out)
    handler.setFormatter(LogFormatter(color=False))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG)
    events(logging.getLogger("src.daemon"))


def celery():
    from celery import Celery
    from celery.app.log import Logging, TaskFormatter
    from celery.utils.log import ColorFormatter

    app = Celery("app")
    handler = logging.StreamHandler(out)
    handler.setFormatter(ColorFormatter(app.conf.worker_log_format, use_color=False))
    tasks = logging.StreamHandler(out)
    tasks.setFormatter(TaskFormatter(app.conf.worker_task_log_format, use_color=False))
    logging.basicConfig(handlers=[handler], level=logging.DEBUG)
    events(logging.getLogger("celery.worker"))
    log = logging.getLogger("celery.task")
    log.propagate = False
    log.addHandler(tasks)
    log.info("Task src.tasks.sync[0b2c] succeeded in 0.1s: None")
    log.error("Task src.tasks.backup[0b2d] raised unexpected: OSError(28, 'No space left on device')")


def gunicorn():
    from gunicorn.config import Config
    from gunicorn.glogging import Logger

    config = Config()
    config.set("loglevel", "debug")
    config.set("errorlog", "-")
    log = Logger(config)
    for handler in log.error_log.handlers:
        handler.stream = out
    log.info("Starting gunicorn 27.0.1")
    log.info("Listening at: http://127.0.0.1:8000 (812)")
    events(log)


def django():
    from django.conf import settings

    formatters = {
        "django.server": {"()": "django.utils.log.ServerFormatter", "format": "[{server_time}] {message}", "style": "{"},
        "verbose": {"format": "{levelname} {asctime} {module} {process:d} {thread:d} {message}", "style": "{"},
    }
    handlers = {
        "server": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "django.server"},
        "app": {"class": "logging.StreamHandler", "stream": "ext://sys.stdout", "formatter": "verbose"},
    }
    loggers = {
        "django.server": {"handlers": ["server"], "level": "INFO", "propagate": False},
        "src": {"handlers": ["app"], "level": "DEBUG"},
    }
    logging.config.dictConfig(
        {"version": 1, "formatters": formatters, "handlers": handlers, "loggers": loggers}
    )
    settings.configure(USE_TZ=True)
    server = logging.getLogger("django.server")
    for code in (200, 404, 500):
        when = time.strftime("%d/%b/%Y %H:%M:%S")
        server.info('"GET /notes HTTP/1.1" %s 12', code, extra={"status_code": code, "server_time": when})
    events(logging.getLogger("src.daemon"))


def werkzeug():
    from werkzeug.serving import WSGIRequestHandler

    logging.basicConfig(stream=out, level=logging.INFO, format="%(message)s")

    class Handler(WSGIRequestHandler):
        def __init__(self):
            self.client_address = ("127.0.0.1", 50123)
            self.requestline = "GET /notes HTTP/1.1"

        def address_string(self):
            return "127.0.0.1"

    for code in (200, 302, 404, 500, 200):
        WSGIRequestHandler.log(Handler(), "info", '"%s" %s %s', "GET /notes HTTP/1.1", code, 12)


def supervisor():
    from supervisor.loggers import getLogger, handle_stdout

    log = getLogger()
    handle_stdout(log, "%(asctime)s %(levelname)s %(message)s\n")
    log.level = 0
    log.info("supervisord started with pid 812")
    log.info("spawned: 'sync' with pid 944")
    log.warn("exited: sync (exit status 1; not expected)")
    log.info("success: sync entered RUNNING state, process has stayed up for > than 1 seconds (startsecs)")
    log.error("connection ERROR is the message of an error")
    log.critical("Server 'unix_http_server' running without any HTTP authentication checking")


OTHERS = {
    "python-custom-levels": python_custom_levels,
    "python-exceptions": python_exceptions,
    "python-json-logger": json_logger,
    "python-logfmter": logfmter,
    "python-coloredlogs": coloredlogs,
    "loguru": loguru,
    "loguru-colors": lambda: loguru(colorize=True),
    "loguru-json": lambda: loguru(serialize=True),
    "loguru-short": lambda: loguru(format="{time:YYYY-MM-DD at HH:mm:ss} | {level} | {message}"),
    "loguru-bracket": lambda: loguru(format="[{time:YYYY-MM-DD HH:mm:ss}] [{level}] {name}: {message}"),
    "uvicorn": lambda: uvicorn(False),
    "uvicorn-stamped": lambda: uvicorn(True),
    "tornado": tornado,
    "celery": celery,
    "gunicorn": gunicorn,
    "django": django,
    "werkzeug": werkzeug,
    "supervisor": supervisor,
}
STRUCTLOG = ["structlog-json", "structlog-logfmt", "structlog-keyvalue", "structlog-console", "structlog-console-colors"]

if len(sys.argv) < 2:
    print(*STDLIB, *OTHERS, *STRUCTLOG)
elif (name := sys.argv[1]) in STDLIB:
    stdlib(**STDLIB[name])
elif name in OTHERS:
    OTHERS[name]()
else:
    with_structlog(name)
