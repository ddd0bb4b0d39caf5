"""How fast the timeline is in headless Chromium with software rendering.

    python timeline.py REPORT [TACHO]

Prints the time from the request of the page to its first full picture, cold and with the timeline kept in the report, what the
server took for the cold one, the time of a box's statistics, and the frames a second while zooming and panning, each as the
script that draws sees them. Then the same of the report exported to a file that needs no server.
"""

import json
import os
import subprocess
import sys
import tempfile
import time

from browser import Browser

FRAMES = """
new Promise((resolve) => {
  const timeline = document.querySelector(".view-timeline").timeline;
  const gaps = [];
  let last = null, count = 0;
  const start = timeline.frames;
  const length = timeline.data.length_ns;
  const step = (now) => {
    if (last !== null) gaps.push(now - last);
    last = now;
    count += 1;
    if (count > 240) {
      gaps.sort((a, b) => a - b);
      resolve({ fps: 1000 * gaps.length / gaps.reduce((a, b) => a + b, 0), median: gaps[gaps.length >> 1], p99: gaps[Math.floor(gaps.length * 0.99)], drawn: timeline.frames - start });
      return;
    }
    MOVE
    requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
})
"""

MOVES = {
    "zoom in from all to 100 us": "const t = Math.min(1, count / 240); const span = length * (100e3 / length) ** t; timeline.show(length * 0.437 - span / 2, length * 0.437 + span / 2);",
    "zoom out again": "const t = 1 - Math.min(1, count / 240); const span = length * (100e3 / length) ** t; timeline.show(length * 0.437 - span / 2, length * 0.437 + span / 2);",
    "pan at 1/30 of it": "const span = length / 30; timeline.show(length * 0.1 + count * span / 60, length * 0.1 + count * span / 60 + span);",
    "pan at 2 ms": "const span = 2e6; timeline.show(length * 0.3 + count * span / 60, length * 0.3 + count * span / 60 + span);",
    "pan at 50 us": "const span = 5e4; timeline.show(length * 0.3 + count * span / 60, length * 0.3 + count * span / 60 + span);",
}

PICTURE = ("document.querySelector('.view-timeline')?.timeline?.frames > 0 && document.querySelector('.view-timeline').timeline.tiles.inFlight === 0"
           " && document.querySelector('.view-timeline').timeline.tiles.tiles.size > 0")


PICTURES = ("first picture, report just opened", "first picture, page loaded again")

BOX = """(async () => {
  const { timeline } = document.querySelector(".view-timeline");
  const tracks = timeline.data.tracks.filter((track) => track.count > 0).map((track) => track.id);
  const start = performance.now();
  await timeline.source.select(0, timeline.data.length_ns, tracks);
  return performance.now() - start;
})()"""

SEARCH = """(async () => {
  const { timeline } = document.querySelector(".view-timeline");
  const start = performance.now();
  await timeline.source.search({ q: "e", at: Math.round(timeline.data.length_ns / 2) });
  return performance.now() - start;
})()"""


def spent(process):
    """Processor time of a process, and the most memory that it had."""
    with open(f"/proc/{process}/stat") as file:
        ticks = sum(int(field) for field in file.read().rsplit(")", 1)[1].split()[11:13])
    with open(f"/proc/{process}/status") as file:
        memory = next(int(line.split()[1]) for line in file if line.startswith("VmHWM"))
    return f"{ticks / os.sysconf('SC_CLK_TCK'):.1f} s of processor time, {memory * 1024 / 1e9:.2f} GB at most"


def picture(browser, url, label):
    browser.call("Page.navigate", url="about:blank")
    start = time.monotonic()
    browser.call("Page.navigate", url=url)
    browser.wait(PICTURE, 120)
    browser.evaluate("new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    print(f"{label}: {time.monotonic() - start:.2f} s", flush=True)


def frames(browser):
    print(f"statistics of a box around everything: {browser.evaluate(BOX) / 1000:.2f} s", flush=True)
    print(f"next match of a name: {browser.evaluate(SEARCH) / 1000:.2f} s", flush=True)
    for name, move in MOVES.items():
        result = browser.evaluate(FRAMES.replace("MOVE", move))
        print(f"{name}: {result['fps']:.0f} frames a second, median {result['median']:.1f} ms, 99th percentile {result['p99']:.1f} ms, {result['drawn']} pictures", flush=True)
    problems = browser.problems()
    if problems:
        raise SystemExit(f"the page had problems: {json.dumps(problems)}")


def exported(report, tacho):
    with tempfile.TemporaryDirectory() as folder:
        path = f"{folder}/page.html"
        start = time.monotonic()
        words = subprocess.run([tacho, "export", report, "--html", path], check=True, stdout=subprocess.PIPE, text=True).stdout
        print(f"exported to a file: {time.monotonic() - start:.1f} s, {os.path.getsize(path) / 1e6:.1f} MB")
        print("".join(f"  {line}\n" for line in words.splitlines()[1:]), end="", flush=True)
        with Browser(1280, 720) as browser:
            picture(browser, f"file://{path}#/timeline", "first picture of the file")
            frames(browser)


def main(report, tacho):
    server = subprocess.Popen([tacho, "open", "--no-browser", report], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        address = server.stdout.readline().strip()
        base, fragment = address.split("#")
        name = fragment.split("report=")[1]
        url = f"{base}#/timeline?report={name}"
        with Browser(1280, 720) as browser:
            for label in PICTURES:
                picture(browser, url, label)
                if label == PICTURES[0]:
                    print(f"  the server until then: {spent(server.pid)}", flush=True)
            events = browser.evaluate("document.querySelector('.view-timeline').timeline.data.slices")
            rows = browser.evaluate("document.querySelector('.view-timeline').timeline.rows.list.length")
            print(f"{events} slices on {rows} rows, 1280x720, headless Chromium without GPU, {os.cpu_count()} processors")
            frames(browser)
    finally:
        server.terminate()
        server.wait()
    exported(report, tacho)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else "tacho")
