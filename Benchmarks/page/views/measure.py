"""How fast the page's layer table and model view are, in headless Chromium on real reports.

    measure.py TACHO [REPORT OF 5,000 LAYERS] [REPORT OF A MODEL OF 2,000 NODES]

Serves the reports with `tacho open`, and prints: how long the table takes to filter and sort (the event's handler and the
browser's layout of what it changed; and to the next frame), how long the graph takes to lay out, ten times, and its frames while
it moves.
"""

import re
import statistics
import subprocess
import sys
import time

from browser import Browser

FILTER = """(async () => {
    const input = document.querySelector('.table-tools input');
    const texts = ['sin', '', 'cos_1', 'tanh', '!tanh', 'float32', '', '49', 'zzz', 'cos|sin', '', 'softsign_4', '1x16'];
    const column = document.querySelector('.table-filters input[aria-label="Filter Median"]');
    const work = [], frame = [];
    const once = async (field, text) => {
        field.value = text;
        const start = performance.now();
        field.dispatchEvent(new Event('input', { bubbles: true }));
        document.querySelector('.table-body').getBoundingClientRect();
        work.push(performance.now() - start);
        await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
        frame.push(performance.now() - start);
    };
    for (let round = 0; round < 3; round += 1) for (const text of texts) await once(input, text);
    for (const text of ['>1us', '<=500ns', '']) await once(column, text);
    const rows = document.querySelector('[role=grid]').getAttribute('aria-rowcount');
    const sorts = [];
    for (const button of document.querySelectorAll('.table-names button')) {
        const start = performance.now();
        button.click();
        document.querySelector('.table-body').getBoundingClientRect();
        sorts.push(performance.now() - start);
    }
    return { work, frame, sorts, rows: rows - 2 };
})()"""

FRAMES = """(async () => {
    const canvas = document.querySelector('.graph-canvas');
    const box = canvas.getBoundingClientRect();
    const gaps = [];
    let last = await new Promise(requestAnimationFrame);
    for (let frame = 0; frame < 120; frame += 1) {
        const out = frame % 40 < 20 ? 120 : -120;
        canvas.dispatchEvent(new WheelEvent('wheel', { deltaY: out, clientX: box.x + 300, clientY: box.y + 250, bubbles: true, cancelable: true }));
        const now = await new Promise(requestAnimationFrame);
        gaps.push(now - last);
        last = now;
    }
    return gaps;
})()"""


def serve(tacho, reports):
    process = subprocess.Popen([tacho, "open", "--no-browser", *reports], stdout=subprocess.PIPE, text=True)
    return process, process.stdout.readline().strip().split("#")[0]


def words(values):
    return f"median {statistics.median(values):.1f} ms, worst {max(values):.1f} ms of {len(values)}"


def main():
    if len(sys.argv) != 4:
        raise SystemExit(__doc__)
    process, address = serve(sys.argv[1], sys.argv[2:])
    browser = Browser()
    try:
        reports = None
        browser.open(address, "document.documentElement.dataset.ready === 'yes'")
        reports = browser.run("fetch('api/reports').then((answer) => answer.json())")["reports"]
        table, model = (report["id"] for report in reports)
        opened = browser.open(f"{address}#/layers?report={table}", "document.querySelectorAll('.table-row').length > 5")
        time.sleep(1)  # Nobody types sooner; the texts that filters read are made meanwhile.
        figures = browser.run(FILTER)
        print(f"layer table of {figures['rows']} rows: first rows {opened:.2f} s after the request (with reading the report)")
        print(f"  filter, handler and layout:  {words(figures['work'])}")
        print(f"  filter, to the second frame: {words(figures['frame'])}")
        print(f"  sort by each column:         {words(figures['sorts'])}")
        opened, spent = [], []
        for _ in range(10):
            opened.append(1000 * browser.open(f"{address}#/model?report={model}", "document.querySelector('[data-laid-out]')"))
            status = browser.run("document.querySelector('.model-status').textContent")
            spent.append(float(re.search(r"Laid out in (\d+) ms", status)[1]))
        print(f"model view: {status}")
        print(f"  layout:                      {words(spent)}")
        print(f"  from request to picture:     {words(opened)}")
        gaps = browser.run(FRAMES)
        print(f"  frames while zooming over the whole graph: {words(gaps)}; {1000 / statistics.mean(gaps):.0f} a second")
        if browser.errors:
            raise SystemExit("the console has errors: " + "; ".join(browser.errors))
    finally:
        browser.close()
        process.terminate()
        process.wait()


if __name__ == "__main__":
    main()
