// Lines to be put in order: a list in which one line is the current one, and can be moved. With the mouse or a
// finger, lines are dragged; arrows or a line's letter make it the current one, and Alt with an arrow, or the
// buttons below, move it. Below the last line of the answer is room for lines that shall be left out.
function order(question, { name, letters, labelledBy, send }) {
  let current = 0;
  let dragged = null;
  const used = make("div", { role: "group", "aria-label": "Your order", class: "ll-quiz-used" });
  const spare = make("div", { role: "group", "aria-label": "Left out", class: "ll-quiz-spare" });
  const list = make(
    "div",
    {
      role: "listbox",
      tabindex: "0",
      class: question.code ? "ll-quiz-lines code" : "ll-quiz-lines",
      "aria-labelledby": labelledBy,
      "aria-describedby": `${name}-help`,
      onpointermove: drag,
      onpointerup: drop,
      onpointercancel: drop,
    },
    question.spare ? [used, spare] : [used]
  );
  const lines = question.lines.map((line, index) =>
    make(
      "div",
      {
        role: "option",
        id: `${name}-${letters[index]}`,
        class: "ll-quiz-line",
        onpointerdown: (event) => grab(event, index),
      },
      [
        make("span", { class: "ll-quiz-grip", "aria-hidden": "true" }, ["⠿"]),
        make("span", { class: "ll-quiz-letter" }, [letters[index]]),
        make("span", { class: "ll-quiz-text", html: line }),
        make("span", { class: "ll-quiz-judged" }),
      ]
    )
  );
  const said = make("span", { class: "ll-quiz-heard", role: "status" });
  const element = make("div", {}, [
    list,
    make("div", { class: "ll-quiz-actions ll-quiz-move" }, [
      make("button", { type: "button", onclick: () => move(-1) }, ["↑ Move up"]),
      make("button", { type: "button", onclick: () => move(1) }, ["↓ Move down"]),
      make("span", { class: "ll-muted", id: `${name}-help` }, [
        "Drag a line, or choose it with the arrow keys and move it with Alt and an arrow.",
      ]),
    ]),
    said,
  ]);
  arrange("");

  function get() {
    return [...used.children].map((line) => letters[lines.indexOf(line)]).join("");
  }

  // The lines of `value` in its order, those it leaves out below; without a value, as they come.
  function arrange(value) {
    if (dragged || (value ? value === get() : used.firstElementChild)) return;
    const stands = (line, index) => !value || value.includes(letters[index]);
    used.replaceChildren(...(value ? [...value].map((letter) => lines[letters.indexOf(letter)]) : lines));
    spare.replaceChildren(...lines.filter((line, index) => !stands(line, index)));
    current = lines.indexOf(used.firstElementChild);
    paintCurrent();
  }

  function all() {
    return [...used.children, ...spare.children];
  }

  function paintCurrent() {
    list.setAttribute("aria-activedescendant", lines[current].id);
    lines.forEach((line, index) => line.setAttribute("aria-selected", index === current));
  }

  function choose(line) {
    current = lines.indexOf(line);
    paintCurrent();
  }

  function off() {
    return element.closest("fieldset").disabled;
  }

  // One step up or down; the step below the last line leaves it out.
  function move(step) {
    if (off()) return;
    const line = lines[current];
    const group = line.parentElement;
    const neighbour = step < 0 ? line.previousElementSibling : line.nextElementSibling;
    if (neighbour) step < 0 ? neighbour.before(line) : neighbour.after(line);
    else if (step > 0 && group === used && question.spare && used.children.length > 1) spare.prepend(line);
    else if (step < 0 && group === spare) used.append(line);
    else return say(`${letters[current]} cannot move further.`);
    moved(line);
  }

  function moved(line) {
    const letter = letters[lines.indexOf(line)];
    const place = [...used.children].indexOf(line) + 1;
    const text = line.querySelector(".ll-quiz-text").textContent.trim();
    say(place ? `${letter}, ${text}, is now line ${place} of ${used.children.length}.` : `${letter}, ${text}, is now left out.`);
    send(false);
  }

  function say(text) {
    said.textContent = text;
  }

  function grab(event, index) {
    if (off() || event.button !== 0) return;
    choose(lines[index]);
    list.focus();
    dragged = { line: lines[index], from: get() };
    list.setPointerCapture(event.pointerId);
    event.preventDefault();
  }

  function drag(event) {
    if (!dragged) return;
    const { line } = dragged;
    line.classList.add("dragged");
    const y = event.clientY;
    const below = question.spare && y > spare.getBoundingClientRect().top && (line.parentElement === spare || used.children.length > 1);
    const group = below ? spare : used;
    const next = [...group.children].find((other) => {
      const box = other.getBoundingClientRect();
      return other !== line && y < box.top + box.height / 2;
    });
    if (line.parentElement !== group || line.nextElementSibling !== (next ?? null)) group.insertBefore(line, next ?? null);
  }

  function drop() {
    if (!dragged) return;
    const { line, from } = dragged;
    dragged = null;
    line.classList.remove("dragged");
    if (get() !== from) moved(line);
  }

  return {
    element,
    get,
    set: arrange,
    // A tick only when all is right: before that, a line is right or not only beside the others.
    mark: (wrong, right) =>
      lines.forEach((line, index) => {
        const judged = wrong !== null && line.parentElement === used;
        const bad = judged && wrong.includes(letters[index]);
        line.classList.toggle("bad", bad);
        line.classList.toggle("good", judged && right);
        line.querySelector(".ll-quiz-judged").textContent = bad ? "✗" : judged && right ? "✓" : "";
      }),
    key(event) {
      const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
      if (event.altKey && step) {
        move(step);
        return true;
      }
      if (event.target !== list) return false;
      const order = all();
      const place = order.indexOf(lines[current]);
      const letter = event.key.length === 1 ? letters.indexOf(event.key.toUpperCase()) : -1;
      const goal = step ? order[place + step] : { Home: order[0], End: order.at(-1) }[event.key] ?? lines[letter];
      if (goal) choose(goal);
      return Boolean(goal || step);
    },
  };
}
