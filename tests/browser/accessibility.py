"""Can everybody use it? Contrast of every text in sight, and the rules of axe-core."""

from __future__ import annotations

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

# Every piece of text with its colour and the colours behind it, from the text outwards. A tool that looks at the
# page's structure only gives up on backgrounds that are drawn by an ancestor; this one stacks them up.
TEXTS = """
selector => {
  const found = [];
  for (const root of document.querySelectorAll(selector)) {
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
      const text = walker.currentNode.textContent.trim();
      const element = walker.currentNode.parentElement;
      if (!text || element.closest('style, script') || !element.checkVisibility()) continue;
      const style = getComputedStyle(element);
      const backgrounds = [];
      let opacity = 1;
      for (let e = element; e; e = e.parentElement) {
        backgrounds.push(getComputedStyle(e).backgroundColor);
        opacity *= Number(getComputedStyle(e).opacity);
      }
      const color = element instanceof SVGElement ? style.fill : style.color;
      found.push({ text, color, size: parseFloat(style.fontSize), backgrounds, opacity });
    }
  }
  return found;
}
"""


def faint_texts(page: Page, selector: str, at_least: float = 4.5) -> tuple[int, list[str]]:
    """How many pieces of text `selector` holds, and a line on each whose contrast is below `at_least`."""
    # While JupyterLab changes its theme, nothing is in sight.
    page.locator(selector).filter(visible=True).first.wait_for()
    texts = page.evaluate(TEXTS, selector)
    faint = []
    for text in texts:
        behind = (255.0, 255.0, 255.0)
        for background in reversed(text["backgrounds"]):
            behind = _over(_colour(background), behind)
        *colour, alpha = _colour(text["color"])
        front = _over((*colour, alpha * text["opacity"]), behind)
        contrast = _contrast(front, behind)
        if contrast < at_least:
            faint.append(f"{contrast:.2f}: {text['text'][:40]!r} {text['color']} on {behind}")
    return len(texts), faint


def violations(page: Page, selector: str) -> list[str]:
    """What axe-core finds wrong inside `selector`, a line each."""
    result = Axe().run(page, context=selector)
    return [
        f"{violation['id']}: {violation['help']}: {[node['html'][:120] for node in violation['nodes']]}"
        for violation in result.response["violations"]
    ]


def _colour(css: str) -> tuple[float, float, float, float]:
    """Red, green, blue and opacity of what the browser reports: rgb(…), rgba(…)."""
    values = [float(part) for part in css[css.index("(") + 1 : -1].replace("/", ",").split(",")]
    return (*values[:3], values[3] if len(values) > 3 else 1.0)


def _over(front, behind):
    """The colour one sees when `front` lies over `behind`."""
    alpha = front[3]
    return tuple(alpha * f + (1 - alpha) * b for f, b in zip(front[:3], behind, strict=True))


def _contrast(one, other) -> float:
    """The contrast ratio of the Web Content Accessibility Guidelines, 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def _luminance(colour) -> float:
    red, green, blue = (
        value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4
        for value in (part / 255 for part in colour)
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
