// The flash cards. A card is turned over here; putting it away is sent to Python, and the next one comes back.
function render({ model, el }) {
  const spec = model.get("spec");
  let turned = false;
  let clicks = 0;
  let waiting = null;

  const left = make("span", { role: "status" });
  const bar = make("i");
  const banner = make("div", { class: "ll-card bad ll-flash-banner", role: "alert" });
  const boxes = make("span", { class: "ll-flash-boxes" });
  const asked = make("span", { class: "ll-muted ll-flash-asked" });
  const face = make("span", { class: "ll-flash-face" });
  const hint = make("span", { class: "ll-muted ll-flash-hint" });
  const card = make("button", { type: "button", class: "ll-flash-card", onclick: turn }, [boxes, asked, face, hint]);
  const heard = make("div", { class: "ll-flash-heard", role: "status" });
  const again = make("button", { type: "button", class: "again", onclick: () => put("again") }, ["← Again"]);
  const knew = make("button", { type: "button", class: "knew", onclick: () => put("knew") }, ["Knew it →"]);
  const all = make("button", { type: "button", onclick: () => put("all") }, ["Go through all again"]);
  const problem = make("span", { class: "ll-flash-problem", role: "status" });
  const actions = make("div", { class: "ll-flash-actions" });
  const body = make("fieldset", { "aria-label": "Flash card", onkeydown: onKey }, [card, actions, heard]);

  el.classList.add("ll", "ll-flash");
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", "Flash cards");
  el.append(
    make("div", { class: "ll-head" }, [make("b", {}, ["Flash cards"]), left]),
    make("span", { class: "ll-bar" }, [bar]),
    banner,
    body,
    problem,
    make("p", { class: "ll-muted" }, [
      "Space turns the card; then the arrow left for again, right for knew it. What you knew rests for some days.",
    ])
  );

  function turn() {
    const state = model.get("state");
    if (!state.name || body.disabled) return;
    turned = !turned;
    paint();
  }

  function put(what) {
    if (waiting || body.disabled) return;
    const state = model.get("state");
    waiting = `${spec.model_id}-${(clicks += 1)}`;
    model.send({ do: what, name: state.name, id: waiting });
    card.focus();
  }

  function onKey(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const what = { ArrowLeft: "again", ArrowRight: "knew" }[event.key];
    if (!what || !turned) return;
    put(what);
    event.preventDefault();
  }

  function onState() {
    const state = model.get("state");
    if (state.heard === waiting) waiting = null;
    turned = false;
    paint();
  }

  function paint() {
    const state = model.get("state");
    const open = turned && state.name;
    left.textContent = state.name ? `${state.left} of ${state.size} to go` : "";
    bar.style.width = state.size ? `${(100 * (state.size - state.left)) / state.size}%` : "100%";
    card.classList.toggle("turned", Boolean(open));
    card.hidden = !state.name;
    asked.innerHTML = open ? state.term : "";
    face.innerHTML = open ? state.meaning : state.term;
    hint.textContent = open ? "" : "Say it aloud, then turn the card.";
    boxes.setAttribute("aria-label", state.box ? `box ${state.box} of ${spec.boxes}` : "new");
    boxes.setAttribute("role", "img");
    boxes.replaceChildren(...Array.from({ length: spec.boxes }, (_, i) => make("i", i < state.box ? { class: "full" } : {})));
    actions.replaceChildren(
      ...(open ? [again, knew] : state.name ? [] : [make("b", {}, ["All done."]), ` The next card comes ${state.next}.`, all])
    );
    typeset(model, card);
    // A screen reader says what the card shows now.
    heard.textContent = face.textContent || "All done.";
    problem.textContent = state.problem;
  }

  const connection = watchConnection(model, spec.model_id, (state, text) => {
    banner.textContent = text;
    body.disabled = state !== "live";
    if (state === "gone") waiting = null;
  });
  const guarded = guardKeys(el, () => false);
  model.on("change:state", onState);
  paint();
  return () => {
    connection();
    guarded();
    model.off("change:state", onState);
  };
}

export default { render };
