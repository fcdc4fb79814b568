#!/usr/bin/env python3
# keyserver.py - A web key directory, a key server, and the name server that
# finds them, for the tests.
# SPDX-License-Identifier: GPL-2.0-or-later
#
#   keyserver.py FOLDER PORT [CERTIFICATE KEY]
#   keyserver.py --names ADDRESS NAME...   on port 53
#
# FOLDER/wkd/LOCALPART and FOLDER/hkp/FPR are the keys.
import http.server
import os
import socket
import ssl
import sys
import urllib.parse

folder = sys.argv[1]


def answer_names(address, names):
    """A records for NAMES; nothing else exists (RFC 1035, section 4)."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("127.0.0.1", 53))
    while True:
        query, peer = sock.recvfrom(512)
        labels, at = [], 12
        while query[at]:
            labels.append(query[at + 1:at + 1 + query[at]].decode())
            at += 1 + query[at]
        known = ".".join(labels).lower() in names
        found = known and query[at + 1:at + 3] == b"\0\1"
        reply = (query[:2] + (b"\x81\x80" if known else b"\x81\x83")
                 + b"\0\1" + (b"\0\1" if found else b"\0\0") + b"\0\0\0\0"
                 + query[12:at + 5])
        if found:
            reply += (b"\xc0\x0c\0\1\0\1\0\0\0\x3c\0\4"
                      + socket.inet_aton(address))
        sock.sendto(reply, peer)


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        url = urllib.parse.urlsplit(self.path)
        query = urllib.parse.parse_qs(url.query)
        name = None
        if url.path.startswith("/.well-known/openpgpkey/"):
            name = "wkd/" + os.path.basename(query.get("l", [""])[0])
        elif url.path == "/pks/lookup":
            name = "hkp/" + query.get("search", [""])[0].removeprefix("0x")
        try:
            with open(os.path.join(folder, name), "rb") as file:
                data = file.read()
        except (OSError, TypeError):
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/octet-stream")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve_keys(port, pair):
    server = http.server.ThreadingHTTPServer(("", port), Handler)
    if pair:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(*pair)
        server.socket = context.wrap_socket(server.socket, server_side=True)
    server.serve_forever()


if folder == "--names":
    answer_names(sys.argv[2], sys.argv[3:])
else:
    serve_keys(int(sys.argv[2]), sys.argv[3:])
