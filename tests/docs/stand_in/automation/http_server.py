"""Stands for the daemon's server, and logs each request as Flask's does."""

import json
import logging
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

logger = logging.getLogger("werkzeug")


def run_server(daemon, host="127.0.0.1", port=8080, debug=False):
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self):
            code, body = 404, ""
            if self.path == "/health":
                health = daemon.get_daemon_health()
                code, body = health["daemon"]["status_code"], json.dumps(health)
            elif self.path == "/metrics":
                code, body = 200, daemon.export_prometheus_metrics()
            self.send_response(code)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_request(self, code="-", size="-"):
            # Werkzeug sets off what is not a success, wherever it is written to.
            line = self.requestline
            if int(code) >= 500:
                line = f"\x1b[35m\x1b[1m{line}\x1b[0m"
            moment = time.strftime("%d/%b/%Y %H:%M:%S")
            logger.info('%s - - [%s] "%s" %s -', self.client_address[0], moment, line, int(code))

    try:
        server = ThreadingHTTPServer((host, port), Handler)
    except OSError as error:
        print(error.strerror, file=sys.stderr)
        print(f"Port {port} is in use by another program.", file=sys.stderr)
        sys.exit(1)
    server.serve_forever()
