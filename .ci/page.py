#!/usr/bin/env python3
"""Opens a status page in headless Chromium and fails if it runs or loads anything, or if a screen
reader would not find its words. Leaves pictures: light, dark, and as narrow as a phone.

Usage: page.py CHROMIUM PAGE FOLDER WORD...
"""
import base64
import json
import os
import subprocess
import sys
import tempfile

chromium, page, folder, *words = sys.argv[1:]
to_read, to_write = os.pipe()
from_read, from_write = os.pipe()


def give_pipes():
    # Chromium hears on 3 and answers on 4 (--remote-debugging-pipe).
    hears, answers = os.dup(to_read), os.dup(from_write)
    os.dup2(hears, 3)
    os.dup2(answers, 4)


profile = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
browser = subprocess.Popen(
    [chromium, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
     f"--user-data-dir={profile.name}", "--remote-debugging-pipe", "about:blank"],
    close_fds=False, preexec_fn=give_pipes,
    stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
os.close(to_read)
os.close(from_write)
heard, requests, dialogs, number = b"", [], [], 0


def message():
    global heard
    while b"\0" not in heard:
        more = os.read(from_read, 1 << 20)
        if not more:
            sys.exit("chromium has ended")
        heard += more
    one, heard = heard.split(b"\0", 1)
    return json.loads(one)


def note(event):
    if event.get("method") == "Network.requestWillBeSent":
        requests.append(event["params"]["request"]["url"])
    if event.get("method") == "Page.javascriptDialogOpening":
        dialogs.append(event["params"]["message"])


def ask(method, session=None, **parameters):
    global number
    number += 1
    question = {"id": number, "method": method, "params": parameters}
    if session:
        question["sessionId"] = session
    os.write(to_write, json.dumps(question).encode() + b"\0")
    while True:
        answer = message()
        if answer.get("id") == number:
            if "error" in answer:
                sys.exit(f"{method}: {answer['error']}")
            return answer["result"]
        note(answer)


try:
    target = ask("Target.createTarget", url="about:blank")["targetId"]
    tab = ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
    for domain in ("Page", "Network", "Accessibility"):
        ask(f"{domain}.enable", tab)
    url = "file://" + os.path.abspath(page)
    ask("Page.navigate", tab, url=url)
    while True:
        event = message()
        note(event)
        if event.get("method") == "Page.loadEventFired":
            break
    for name, width, scheme in (("light", 900, "light"), ("dark", 900, "dark"), ("phone", 390, "light")):
        ask("Emulation.setEmulatedMedia", tab,
            features=[{"name": "prefers-color-scheme", "value": scheme}])
        ask("Emulation.setDeviceMetricsOverride", tab,
            width=width, height=800, deviceScaleFactor=1, mobile=False)
        layout = ask("Page.getLayoutMetrics", tab)["cssContentSize"]
        if layout["width"] > width:
            sys.exit(f"at {width} px the page is {layout['width']} px wide")
        picture = ask("Page.captureScreenshot", tab, captureBeyondViewport=True, clip={
            "x": 0, "y": 0, "width": width, "height": layout["height"], "scale": 1})["data"]
        with open(os.path.join(folder, f"page-{name}.png"), "wb") as file:
            file.write(base64.b64decode(picture))
    nodes = ask("Accessibility.getFullAXTree", tab)["nodes"]
    said = "\n".join(str(node.get("name", {}).get("value", "")) for node in nodes)
    missing = [word for word in words if word not in said]
    if missing:
        sys.exit(f"not in the accessibility tree: {missing}\n{said}")
    strange = [asked for asked in requests if asked not in (url, "data:,")]
    if strange or dialogs:
        sys.exit(f"it loads {strange}, and says {dialogs}")
finally:
    browser.kill()
    browser.wait()
print(f"{len(words)} texts are in the accessibility tree; nothing was loaded, nothing has run")
