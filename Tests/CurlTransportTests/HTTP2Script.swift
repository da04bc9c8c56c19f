/// A server of HTTP/2 in Python. It answers each request with the number of its connection, padded with spaces to a megabyte, as far as the
/// client's windows allow, and interleaves what it owes. From the second request of a connection on it answers when it has four.
///
/// Arguments: the file to write the port to, `tcp`, and the files of certificate and key.
enum HTTP2Script {
    static let text = #"""
        import os, socket, ssl, struct, sys, threading

        SIZE = 1 << 20
        lock = threading.Lock()
        connections = 0

        def frame(kind, flags, stream, payload=b""):
            return struct.pack("!I", len(payload))[1:] + bytes([kind, flags]) + struct.pack("!I", stream) + payload

        def read(link, count):
            data = b""
            while len(data) < count:
                part = link.recv(count - len(data))
                if not part: raise OSError
                data += part
            return data

        def serve(link, number):
            read(link, 24)
            link.sendall(frame(4, 0, 0))
            window, initial, windows, held, owed, seen = 65535, 65535, {}, [], {}, 0
            while True:
                size = struct.unpack("!I", b"\0" + read(link, 3))[0]
                kind, flags, stream = struct.unpack("!BBI", read(link, 6))
                payload = read(link, size)
                if kind == 4 and not flags & 1:
                    for place in range(0, size, 6):
                        name, value = struct.unpack("!HI", payload[place:place + 6])
                        if name == 4:
                            windows = {k: v + value - initial for k, v in windows.items()}
                            initial = value
                    link.sendall(frame(4, 1, 0))
                if kind == 8:
                    more = struct.unpack("!I", payload)[0]
                    if stream == 0: window += more
                    else: windows[stream] = windows.get(stream, initial) + more
                if kind == 3: owed.pop(stream, None)
                if kind == 6 and not flags & 1: link.sendall(frame(6, 1, 0, payload))
                if kind == 1:
                    windows[stream] = windows.get(stream, initial)
                    seen += 1
                    held.append(stream)
                    if seen == 1 or len(held) == 4:
                        for each in held:
                            link.sendall(frame(1, 4, each, b"\x88"))
                            owed[each] = str(number).encode().ljust(SIZE)
                        held = []
                moved = True
                while moved:
                    moved = False
                    for each in list(owed):
                        count = min(16384, window, windows[each], len(owed[each]))
                        if count <= 0: continue
                        part, owed[each] = owed[each][:count], owed[each][count:]
                        window, windows[each], moved = window - count, windows[each] - count, True
                        link.sendall(frame(0, 0 if owed[each] else 1, each, part))
                        if not owed[each]: del owed[each]

        def welcome(link):
            global connections
            with lock:
                connections += 1
                number = connections
            try: serve(context.wrap_socket(link, server_side=True), number)
            except OSError: link.close()

        ready, _, *files = sys.argv[1:]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*files)
        context.set_alpn_protocols(["h2"])
        listener = socket.create_server(("127.0.0.1", 0))
        with open(ready + ".new", "w") as file: file.write(str(listener.getsockname()[1]))
        os.rename(ready + ".new", ready)
        while True: threading.Thread(target=welcome, args=(listener.accept()[0],), daemon=True).start()
        """#
}
