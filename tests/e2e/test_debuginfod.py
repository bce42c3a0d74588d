# SPDX-License-Identifier: GPL-2.0-or-later
"""Debug files from debuginfod, and only when asked for: with Debian's server, and with servers
that do not behave. Whatever a server does, flametap ends by itself and says what was not had."""

import gzip
import http.server
import os
import pty
import re
import select
import shutil
import signal
import socket
import subprocess
import threading
import time
import unittest

import urllib.request

import support
from stripped import ID, Stripped

OTHER = "ef" * 20


class Server:
    """Serves on 127.0.0.1, each request by answer(handler), and keeps what was asked for."""

    def __init__(self, answer):
        self.asked = []
        self.over = threading.Event()
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append(self.path)
                try:
                    answer(outer, self)
                except OSError:
                    pass  # flametap had enough

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def stop(self):
        self.over.set()
        self.server.shutdown()
        self.server.server_close()


def hang(server, _):
    server.over.wait()


def trickle(server, handler):
    handler.send_response(200)
    handler.end_headers()
    while not server.over.wait(1):
        handler.wfile.write(b"\x7f")
        handler.wfile.flush()


def endless(server, handler):
    handler.send_response(200)
    handler.end_headers()
    while not server.over.is_set():
        handler.wfile.write(bytes(65536))


def inflating(_, handler):
    """Little on the wire, a gigabyte in the file."""
    handler.send_response(200)
    handler.send_header("Content-Encoding", "gzip")
    handler.end_headers()
    piece = gzip.compress(bytes(1 << 24))
    for _ in range(64):
        handler.wfile.write(piece)


def send_error(status):
    return lambda _, handler: handler.send_error(status)


def send(path):
    def answer(_, handler):
        handler.send_response(200)
        handler.end_headers()
        handler.wfile.write(path.read_bytes())
    return answer


class DebuginfodCase(Stripped):
    """The program is stripped, and its debug file is put away under served/."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        if not shutil.which("debuginfod"):
            raise unittest.SkipTest("debuginfod is not installed; run scripts/setup test")

    def setUp(self):
        super().setUp()
        (self.dir / "served").mkdir()

    def strip_program(self):
        self.build("program")
        nm = subprocess.run(["nm", "program"], cwd=self.dir, check=True, capture_output=True,
                            text=True).stdout
        self.address = re.search(r"^([0-9a-f]+) t hot_a$", nm, re.MULTILINE)[1]
        self.separate("program")
        shutil.move(self.dir / "program.debug", self.dir / "served")
        return self.dir / "served" / "program.debug"

    def serve(self, answer):
        server = Server(answer)
        self.addCleanup(server.stop)
        return server

    def environment(self, url, **more):
        return {"DEBUGINFOD_URLS": url, "DEBUGINFOD_CACHE_PATH": str(self.dir / "cache"),
                "DEBUGINFOD_TIMEOUT": "90", **more}

    def symbolize(self, url, *options, status=0, address=None, **more):
        return self.flametap("symbolize", "--debuginfod", "-fe", "program", *options,
                             address or self.address, env=self.environment(url, **more),
                             status=status)

    def assert_not_had(self, run, why):
        self.assertEqual(run.out.splitlines()[0], "??", run)
        self.assertIn(f"not had: {why}", run.err, run)

    def cached(self):
        """Sizes of the files that came, without those of the library's own."""
        return {path: path.stat().st_size for path in (self.dir / "cache").rglob("*")
                if path.is_file() and path.parent != self.dir / "cache"}


class DebianServer(DebuginfodCase):
    def start_on_a_port(self):
        """debuginfod takes no port 0. Somebody else may take the one that is free here before it
        does: then it ends."""
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        server = self.start("debuginfod", "-F", "-p", port, "-d", self.dir / "index.sqlite",
                            "-t", 1, "-vv", self.dir / "served",
                            env=dict(os.environ, DEBUGINFOD_URLS=""),
                            stderr=open(self.dir / "log", "wb"))
        return server, f"http://127.0.0.1:{port}"

    def start_server(self, *build_ids):
        """Returns its address once it has these files."""
        server, url = self.start_on_a_port()
        end = time.monotonic() + 120
        wanted = list(build_ids)
        while wanted:
            try:
                place = f"{url}/buildid/{wanted[0]}/debuginfo"
                urllib.request.urlopen(place, timeout=60).close()
                wanted.pop(0)
                continue
            except OSError as error:
                if time.monotonic() > end:
                    self.fail(f"debuginfod: {error}\n{(self.dir / 'log').read_text()}")
            if server.popen.poll() is not None:
                server, url = self.start_on_a_port()
                wanted = list(build_ids)
            time.sleep(0.1)
        return url

    def requests(self):
        return len(re.findall(r"GET /buildid/", (self.dir / "log").read_text()))

    def test_recording_and_report(self):
        self.strip_program()
        url = self.start_server(ID)
        asked = self.requests()
        # The variables alone do nothing.
        env = self.environment(url)
        unnamed = self.record("-F", 999, "--", "./program", env=env)
        self.assert_unnamed(unnamed, "it is stripped", "--debug-dir")
        self.assertNotIn("debuginfod: ", unnamed.run.err)
        self.assertIn("or take --debuginfod", unnamed.run.err)
        self.assertEqual(self.requests(), asked)
        self.assert_named(self.record("-F", 999, "--debuginfod", "--", "./program", env=env))
        self.assertGreater(self.requests(), asked)
        # A recording without names is taken elsewhere: the program is not there.
        self.flametap("cpu", "-q", "-F", 999, "--no-symbols", "-o", "raw.pb.gz", "--", "./program")
        (self.dir / "program").unlink()
        shutil.rmtree(self.dir / "cache")
        self.flametap("report", "raw.pb.gz", "--debuginfod", "-o", "there.folded", env=env)
        there = support.Folded((self.dir / "there.folded").read_text())
        self.assert_share(there.with_frame("hot_a") / there.with_frame("main"), 0.6, 4)

    def test_alternate_file(self):
        """What dwz has moved to a file of its own has a build-id of its own."""
        self.build("program")
        nm = subprocess.run(["nm", "program"], cwd=self.dir, check=True, capture_output=True,
                            text=True).stdout
        self.address = re.search(r"^([0-9a-f]+) t hot_a$", nm, re.MULTILINE)[1]
        shutil.copy(self.dir / "program", self.dir / "second")
        self.tool("dwz", "-m", "served/both", "-M", "../gone/both", "program", "second")
        notes = subprocess.run(["readelf", "-n", "served/both"], cwd=self.dir, check=True,
                               capture_output=True, text=True).stdout
        alternate = re.search(r"Build ID: ([0-9a-f]+)", notes)[1]
        self.separate("program")
        shutil.move(self.dir / "program.debug", self.dir / "served")
        url = self.start_server(ID, alternate)
        run = self.symbolize(url, "-i")
        self.assertIn("hot_a", run.out, run)
        self.assertIn("program.c:", run.out, run)
        self.assertEqual(run.err, "")
        self.assertEqual(len(self.cached()), 2)

    def test_cache(self):
        """A second run asks nobody."""
        self.strip_program()
        url = self.start_server(ID)
        self.assertIn("hot_a", self.symbolize(url).out)
        asked = self.requests()
        run = self.symbolize(url)
        self.assertIn("hot_a", run.out)
        self.assertEqual(run.err, "")
        self.assertEqual(self.requests(), asked)


class Servers(DebuginfodCase):
    def test_variables_alone(self):
        self.strip_program()
        server = self.serve(send_error(404))
        run = self.flametap("symbolize", "-fe", "program", self.address,
                            env=self.environment(server.url))
        self.assertEqual(run.out.splitlines()[0], "??")
        self.assertEqual((server.asked, run.err), ([], ""))
        self.assertFalse((self.dir / "cache").exists())

    def test_no_server_named(self):
        self.strip_program()
        for urls in ("", "  "):
            for verb in (("symbolize", "-e", "program", "1"), ("report", "x"), ("cpu", "-a")):
                run = self.flametap(*verb, "--debuginfod", env={"DEBUGINFOD_URLS": urls}, status=2)
                self.assert_one_line(run, "DEBUGINFOD_URLS=https://debuginfod.debian.net")
        run = self.flametap("cpu", "-a", "--debuginfod",
                            env={"DEBUGINFOD_URLS": "", "SUDO_UID": "1"}, status=2)
        self.assert_one_line(run, "sudo DEBUGINFOD_URLS=")

    def test_no_library(self):
        self.strip_program()
        library = subprocess.run(["/sbin/ldconfig", "-p"], check=True, capture_output=True,
                                 text=True).stdout
        library = re.search(r"libdebuginfod\.so\.1 .*x86-64.* => (\S+)", library)[1]
        run = self.flametap("symbolize", "-fe", "program", "--debuginfod", self.address, status=1,
                            env=self.environment("http://127.0.0.1:1"),
                            prefix=("unshare", "-m", "sh", "-c",
                                    f'mount --bind /dev/null {library}; exec "$@"', "sh"))
        self.assert_one_line(run, "apt install libdebuginfod1")

    def test_not_there(self):
        self.strip_program()
        server = self.serve(send_error(404))
        self.assert_not_had(self.symbolize(server.url), "not known to the servers (1)")

    def test_silence(self):
        self.strip_program()
        server = self.serve(hang)
        self.assert_not_had(self.symbolize(server.url, DEBUGINFOD_TIMEOUT="2"), "time-out (1)")
        self.assertEqual(len(server.asked), 1)
        self.assertEqual(self.cached(), {})

    def test_trickle(self):
        self.strip_program()
        run = self.symbolize(self.serve(trickle).url, DEBUGINFOD_TIMEOUT="2")
        self.assert_not_had(run, "time-out (1)")
        self.assertEqual(self.cached(), {})

    def test_whole_time(self):
        """Fast enough, and without an end."""
        self.strip_program()

        def steady(server, handler):
            handler.send_response(200)
            handler.end_headers()
            while not server.over.wait(0.1):
                handler.wfile.write(bytes(100000))
        self.assert_not_had(self.symbolize(self.serve(steady).url, DEBUGINFOD_MAXTIME="3"),
                            "time-out (1)")

    def test_endless(self):
        self.strip_program()
        for answer, why in ((endless, "too large"), (inflating, "(too large|could not be stored)")):
            with self.subTest(answer.__name__):
                run = self.symbolize(self.serve(answer).url, DEBUGINFOD_MAXSIZE="1000000")
                self.assertRegex(run.err, f"not had: {why} .1.")
                self.assertEqual(self.cached(), {})

    def test_nobody_listens(self):
        self.strip_program()
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))  # without listen()
            run = self.symbolize(f"http://127.0.0.1:{probe.getsockname()[1]}")
        self.assert_not_had(run, "no connection (1)")

    def test_other_files(self):
        """What does not prove to be the file is not taken, and not kept either."""
        debug = self.strip_program()
        self.build("other", build_id=f"0x{OTHER}")
        self.build("none", build_id="none")
        (self.dir / "garbage").write_bytes(b"<html>" * 1000)
        (self.dir / "empty").write_bytes(b"")
        (self.dir / "cut").write_bytes(debug.read_bytes()[:5000])
        for name, why in (("other", "another build"), ("none", "another build"),
                          ("garbage", "no debug file"), ("cut", "no debug file"),
                          ("program", "no debug file"), ("empty", "not known")):
            with self.subTest(name):
                shutil.rmtree(self.dir / "cache", ignore_errors=True)
                run = self.symbolize(self.serve(send(self.dir / name)).url)
                self.assert_not_had(run, why)
                self.assertEqual(sum(self.cached().values()), 0)
        shutil.rmtree(self.dir / "cache")
        self.assertIn("hot_a", self.symbolize(self.serve(send(debug)).url).out)

    def test_asked_once(self):
        """A server's error is not cached by the library; flametap remembers it all the same."""
        self.strip_program()
        server = self.serve(send_error(500))
        process = subprocess.Popen(
            [support.FLAMETAP, "symbolize", "--debuginfod", "-fe", "program"], cwd=self.dir,
            env=dict(os.environ, **self.environment(server.url)), stdin=subprocess.PIPE,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, bufsize=1)
        for _ in range(3):
            process.stdin.write(f"{self.address}\n")
            process.stdin.flush()
            self.assertEqual(process.stdout.readline(), "??\n")
            process.stdout.readline()
        _, err = process.communicate(timeout=60)
        self.assertEqual(len(server.asked), 1, err)
        self.assertRegex(err, r"not had: .*\(1\)")

    def test_owner_of_the_cache(self):
        """Under sudo it is the person's, whose rights it is made with."""
        debug = self.strip_program()
        server = self.serve(send(debug))
        sudo = {"SUDO_UID": "65534", "SUDO_GID": "65534"}
        os.chmod(self.dir, 0o755)
        run = self.symbolize(server.url, status=1, **sudo)
        self.assert_one_line(run, "Permission denied", "DEBUGINFOD_CACHE_PATH")
        self.assertEqual(server.asked, [])
        (self.dir / "cache").mkdir()
        os.chown(self.dir / "cache", 65534, 65534)
        self.assertIn("hot_a", self.symbolize(server.url, **sudo).out)
        owners = {path.stat().st_uid for path in (self.dir / "cache").rglob("*")}
        self.assertEqual(owners, {65534})


class Terminal(DebuginfodCase):
    def on_terminal(self, *args, env, keys, status=0):
        """Runs flametap on a terminal; keys are (text to wait for, what is typed or called then)."""
        pid, terminal = pty.fork()
        if pid == 0:
            os.chdir(self.dir)
            os.execve(support.FLAMETAP, ["flametap", *map(str, args)], dict(os.environ, **env))
        self.addCleanup(os.close, terminal)
        seen, keys = b"", list(keys)
        end = time.monotonic() + 300
        while time.monotonic() < end:
            if select.select([terminal], [], [], 0.1)[0]:
                try:
                    seen += os.read(terminal, 65536)
                except OSError:
                    break
            if keys and re.search(keys[0][0], seen):
                then = keys.pop(0)[1]
                then() if callable(then) else os.write(terminal, then)
        else:
            os.kill(pid, signal.SIGKILL)
        got = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
        self.assertEqual(got, status, seen)
        self.assertEqual(keys, [], seen)
        return seen

    def test_line(self):
        """How much of how much has come; and it is wiped."""
        debug = self.strip_program()
        data = debug.read_bytes() + bytes(3 << 20)
        shown = threading.Event()

        def slow(server, handler):
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(data)))
            handler.end_headers()
            handler.wfile.write(data[:1 << 20])
            shown.wait(200)
            handler.wfile.write(data[1 << 20:])
        line = (rb"\r\x1b\[Kdebuginfod: program: \d\.\d of %.1f MB, \d+ s, Ctrl-C"
                % (len(data) / 1e6))
        seen = self.on_terminal("symbolize", "--debuginfod", "-fe", "program", self.address,
                                env=self.environment(self.serve(slow).url,
                                                     DEBUGINFOD_TIMEOUT="200"),
                                keys=[(line, shown.set)])
        self.assertRegex(seen, rb"Ctrl-C ends it\r\x1b\[Khot_a\r\n")

    def test_ctrl_c(self):
        """It ends the waiting; what can be written is written."""
        self.strip_program()
        server = self.serve(hang)
        env = self.environment(server.url, DEBUGINFOD_TIMEOUT="1000", DEBUGINFOD_MAXTIME="1000")
        self.flametap("cpu", "-q", "-F", 999, "--no-symbols", "-o", "raw.pb.gz", "--", "./program")
        seen = self.on_terminal("report", "raw.pb.gz", "--debuginfod", "-o", "out.folded", env=env,
                                keys=[(rb"debuginfod: [^\r]*Ctrl-C ends it", b"\x03")])
        self.assertRegex(seen, rb"not had: stopped \([1-9]")
        self.assertGreater(support.Folded((self.dir / "out.folded").read_text()).total(), 100)
        self.assertEqual(len(server.asked), 1)
        # The same in a recording that Ctrl-C has ended.
        busy = self.start("./program")
        seen = self.on_terminal("cpu", "-a", "--user-only", "-d", "inf", "--debuginfod", "-o",
                                "all.folded", env=env,
                                keys=[(rb"[1-9]\d* samples", b"\x03"),
                                      (rb"debuginfod: [^\r]*Ctrl-C ends it", b"\x03")])
        busy.stop()
        self.assertIn(b"wrote all.folded", seen)
        self.assertGreater(support.Folded((self.dir / "all.folded").read_text()).total(), 0)
