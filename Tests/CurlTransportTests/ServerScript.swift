/// A server in Python that misbehaves on demand; each path of its requests is one behaviour.
///
/// Arguments: the file to write the address to, `tcp` or the path of a unix socket, for TLS the files of certificate and key,
/// and that of the certificates that clients must show one of.
enum ServerScript {
    static let text = #"""
        import http.server, os, select, socket, socketserver, ssl, sys, threading, time, zlib

        state = {"waiting": 0, "sent": 0, "blocked": 0, "connections": 0, "busy": 0}
        lock = threading.Lock()
        advance = threading.Semaphore(0)

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 0

            def setup(self):
                with lock: state["connections"] += 1
                super().setup()

            def address_string(self): return "client"
            def log_message(self, *arguments): pass

            def answer(self, status, body, headers=()):
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)

            def raw(self, data, close=True):
                self.wfile.write(data)
                if close: self.close_connection = True

            def chunk(self, data): self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))

            def begin_chunked(self, *headers):
                self.send_response(200)
                for name, value in headers: self.send_header(name, value)
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()

            def wait_for_client_to_go(self):
                with lock: state["waiting"] += 1
                try:
                    while self.connection.recv(4096): pass
                except OSError: pass
                with lock: state["waiting"] -= 1
                self.close_connection = True

            def content(self):
                if self.headers.get("Transfer-Encoding") != "chunked":
                    return self.rfile.read(int(self.headers.get("Content-Length") or 0))
                parts = []
                while size := int(self.rfile.readline(), 16):
                    parts.append(self.rfile.read(size))
                    self.rfile.readline()
                self.rfile.readline()
                return b"".join(parts)

            def handle_any(self):
                path, _, argument = self.path.partition("?")
                # A proxy is asked with the whole URL.
                if "://" in path: path = path.split("/", 3)[3]
                getattr(self, "on_" + path.strip("/").replace("-", "_"))(argument)

            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = handle_any

            def on_hello(self, _): self.answer(200, b"hello", [("X-Twice", "one"), ("x-twice", "two"), ("X-Empty", "")])
            def on_status(self, code): self.answer(int(code), b"as you wish", [("WWW-Authenticate", 'Basic realm="lab", Bearer')])
            def on_nothing(self, _): self.raw(b"HTTP/1.1 204 No Content\r\n\r\n", close=False)
            def on_echo(self, _): self.answer(200, self.content(), [("X-Method", self.command)])
            def on_request(self, _): self.answer(200, (self.requestline + "\n" + str(self.headers)).encode("latin-1"))
            def on_redirect(self, _): self.answer(302, b"elsewhere", [("Location", "/hello")])
            def on_point(self, argument):
                status, _, location = argument.partition("&")
                self.content()
                self.answer(int(status), b"elsewhere", [("Location", location)])

            def on_busy(self, argument):
                times, status, after = argument.split("&")
                self.content()
                with lock:
                    state["busy"] += 1
                    isOver = state["busy"] > int(times)
                if isOver: self.answer(200, b"at last")
                else: self.answer(int(status), b"busy", [("Retry-After", after.replace("_", " "))] if after else [])

            def on_flaky(self, times):
                with lock:
                    state["busy"] += 1
                    isOver = state["busy"] > int(times)
                if isOver: self.answer(200, b"at last")
                else: self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")

            def on_deaf(self, _):
                advance.acquire()
                self.close_connection = True

            def on_refuse(self, _):
                self.answer(413, b"too large")
                self.close_connection = True

            def on_state(self, name): self.answer(200, str(state[name]).encode())
            def on_advance(self, _):
                advance.release()
                self.answer(200, b"")

            def on_interim(self, _):
                self.raw(b"HTTP/1.1 103 Early Hints\r\nX-Early: yes\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n", close=False)
                self.answer(200, b"final")

            def on_folded(self, _): self.raw(b"HTTP/1.1 200 OK\r\nX-Long: one\r\n\t two\r\nContent-Length: 0\r\n\r\n")
            def on_trailer(self, _):
                self.begin_chunked(("Trailer", "X-Sum"))
                self.chunk(b"body")
                self.wfile.write(b"0\r\nX-Sum: 4\r\n\r\n")

            def on_steps(self, count):
                self.begin_chunked()
                for step in range(int(count)):
                    self.chunk(b"step %d\n" % step)
                    advance.acquire()
                self.wfile.write(b"0\r\n\r\n")

            def on_lines(self, count):
                self.begin_chunked()
                for line in range(int(count)): self.chunk(b"line %d\n" % line)
                self.wfile.write(b"0\r\n\r\n")

            def on_big(self, size):
                self.send_response(200)
                self.send_header("Content-Length", size)
                self.end_headers()
                if self.command == "HEAD": return
                rest = int(size)
                while rest:
                    part = bytes(min(rest, 65536))
                    self.wfile.write(part)
                    rest -= len(part)

            def on_flood(self, size):
                self.send_response(200)
                self.send_header("Content-Length", size)
                self.end_headers()
                self.connection.setblocking(False)
                part, rest = bytes(65536), int(size)
                while rest > 0:
                    if not select.select([], [self.connection], [], 1)[1]:
                        with lock: state["blocked"] += 1
                        select.select([], [self.connection], [])
                    try: sent = self.connection.send(part)
                    except OSError: break
                    rest -= sent
                    with lock: state["sent"] += sent
                self.close_connection = True

            def on_hang(self, _): self.wait_for_client_to_go()
            def on_hang_body(self, _):
                self.begin_chunked()
                self.chunk(b"first")
                self.wait_for_client_to_go()

            def on_trickle(self, _):
                self.begin_chunked()
                try:
                    while True:
                        self.chunk(b"more than a byte a second")
                        time.sleep(0.25)
                except OSError: self.close_connection = True

            def on_cut_head(self, _): self.raw(b"")
            def on_cut_headers(self, _): self.raw(b"HTTP/1.1 200 OK\r\nContent-Le")
            def on_cut_body(self, _): self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
            def on_cut_chunk(self, _): self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n20\r\nonly this")
            def on_cut_between_chunks(self, _): self.raw(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nthis\r\n")
            def on_reset(self, _):
                self.raw(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nonly this")
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")

            def on_garbage(self, _): self.raw(b"220 mail.example.org ESMTP\r\n\r\n")
            def on_nameless(self, _): self.raw(b"HTTP/1.1 200 OK\r\n: value\r\nContent-Length: 0\r\n\r\n")
            def on_huge_header(self, size):
                self.raw(b"HTTP/1.1 200 OK\r\nX-Huge: " + b"x" * int(size) + b"\r\nContent-Length: 0\r\n\r\n")
            def on_many_headers(self, count):
                self.raw(b"HTTP/1.1 200 OK\r\n" + b"X-Many: 0123456789\r\n" * int(count) + b"Content-Length: 0\r\n\r\n")
            def on_bomb(self, _):
                packer = zlib.compressobj(9, zlib.DEFLATED, 31)
                data = packer.compress(bytes(64 << 20)) + packer.flush()
                self.begin_chunked_gzip(data)

            def begin_chunked_gzip(self, data):
                self.wfile.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n")
                try:
                    self.chunk(data)
                    self.wfile.write(b"0\r\n\r\n")
                except OSError: pass
                self.close_connection = True

        class Server(socketserver.ThreadingMixIn, http.server.HTTPServer):
            daemon_threads = True
            request_queue_size = 512
            def handle_error(self, request, address): pass
            def server_bind(self): socketserver.TCPServer.server_bind(self)

        class UnixServer(Server):
            address_family = socket.AF_UNIX
            # Many clients at once find it full.
            request_queue_size = 5
            def get_request(self): return self.socket.accept()[0], ("client", 0)

        ready, where, *tls = sys.argv[1:]
        server = Server(("127.0.0.1", 0), Handler) if where == "tcp" else UnixServer(where, Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls[:2])
            if len(tls) > 2:
                context.load_verify_locations(tls[2])
                context.verify_mode = ssl.CERT_REQUIRED
            server.socket = context.wrap_socket(server.socket, server_side=True)
        with open(ready + ".new", "w") as file: file.write(str(server.server_address[1]) if where == "tcp" else where)
        os.rename(ready + ".new", ready)
        server.serve_forever()
        """#
}
