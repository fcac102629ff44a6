"""Pages opened in a browser, and what they must not do."""

import re
from contextlib import contextmanager


@contextmanager
def visiting(browser, ignores=lambda said: False, schemes=("file:",)):
    """Opens files; what a page complains of, asks of the network or pops up is an error."""
    contexts, complaints = [], []

    def said(message):
        if not ignores(message.text):
            complaints.append(message.text)

    def asked(request):
        if not request.url.startswith(schemes):
            complaints.append(request.url)

    def open_(path, width=1280, scheme="light"):
        context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
        contexts.append(context)
        context.route(re.compile("^https?:"), lambda route: route.abort())
        page = context.new_page()
        page.on("console", said)
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        page.on("request", asked)
        page.goto(path.as_uri())
        return page

    yield open_
    for context in contexts:
        context.close()
    assert complaints == []
