// What all cards need of the page: elements, a look at the connection to Python, and keys that stay in the card.

const LOOK = 1000; // milliseconds between two looks at the connection
const BANNERS = {
  live: "",
  away: "The connection to Python is interrupted. This card waits until it is back.",
  gone:
    "Python was restarted or stopped, so this card can save nothing. " +
    "Run this cell again: your saved answers come back.",
};

// An element with attributes (`html` is its content, `on…` a listener) and children.
function make(tag, attributes = {}, children = []) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name === "html") element.innerHTML = value;
    else if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Say so when the kernel is gone, and let no click get lost in silence: calls paint(state, words) now, whenever the
// kernel says something, and every second. Gives back what ends it.
function watchConnection(model, modelId, paint) {
  const look = async () => {
    const state = await connectionOf(model, modelId);
    paint(state, BANNERS[state]);
  };
  model.on("comm_live_update", look);
  const looking = setInterval(look, LOOK);
  look();
  return () => {
    clearInterval(looking);
    model.off("comm_live_update", look);
  };
}

// live, away (it may come back) or gone. Places that cannot tell are taken for live: there, a click that gets
// no answer says so after a while.
async function connectionOf(model, modelId) {
  const manager = model.widget_manager;
  try {
    // A restarted kernel closes the line of this one card.
    if ((await manager.get_model(modelId)).comm_live === false) return "gone";
  } catch {
    return "live";
  }
  if (!("kernel" in manager)) return "live";
  if (!manager.kernel || manager.kernel.isDisposed || manager.kernel.status === "dead") return "gone";
  return manager.kernel.connectionStatus === "connected" ? "live" : "away";
}

// The notebook has shortcuts of one key: arrows change the cell, b inserts one, x cuts it. They must not
// fire from here, while Ctrl+S and Shift+Enter should. Jupyter looks for this attribute before it acts on a
// key; the window hears the key first, in either kind of Jupyter. `ours(event)` are keys with Alt that stay here.
// Gives back what ends it.
function guardKeys(el, ours) {
  const guard = (event) => {
    if (!el.contains(event.target)) return;
    const alt = event.altKey && !ours(event);
    const forNotebook = event.ctrlKey || event.metaKey || alt || (event.shiftKey && event.key === "Enter");
    event.target.toggleAttribute("data-lm-suppress-shortcuts", !forNotebook);
  };
  window.addEventListener("keydown", guard, true);
  return () => window.removeEventListener("keydown", guard, true);
}

// Show the mathematics in `node` as such, where the notebook can; elsewhere it stays readable as TeX.
function typeset(model, node) {
  if (node.querySelector(".math")) model.widget_manager?.rendermime?.latexTypesetter?.typeset(node);
}
