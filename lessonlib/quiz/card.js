// The quiz card. The page decides nothing: every click is sent to Python, and `state` comes back.

// One function for each kind of question, in the files of the folder kinds. It is given the question and what it
// needs of the card: `send(check)`, to be called when the answer changed (send(false)) or shall be checked
// (send(true)), the `letters`, and the ids of the legend. It returns
//   element      the controls
//   get()        the answer as text, "" when there is none
//   set(value)   show this answer
//   mark(wrong, right)  optional: mark what was chosen, of which the letters in `wrong` are; null takes it away.
//                `right` says that the whole answer is
//   key(event)   optional: handle a key pressed anywhere in the question; true when it was used
//   freeze(on)   optional: the answer can no longer be changed
//   words        optional: what the button says before and after, instead of Check and Checked
const kinds = {
  single: (question, context) => choices("radio", question, context),
  multiple: (question, context) => choices("checkbox", question, context),
  number,
  order,
  blank,
  predict,
};

const SLOW = 4000; // milliseconds without an answer from Python, after which the page says so
let cardsMade = 0;

function render({ model, el }) {
  const spec = model.get("spec");
  const card = `ll-quiz-${(cardsMade += 1)}-${Math.random().toString(36).slice(2, 8)}`;
  let clicks = 0;
  let painted = false;

  const answered = make("span", { role: "status" });
  const bar = make("i");
  const progress = make(
    "div",
    {
      class: "ll-bar",
      role: "progressbar",
      "aria-label": "Questions answered",
      "aria-valuemin": 0,
      "aria-valuemax": spec.questions.length,
    },
    [bar]
  );
  const banner = make("div", { class: "ll-card bad ll-quiz-banner", role: "alert" });
  const items = spec.questions.map(makeQuestion);

  el.classList.add("ll", "ll-quiz");
  el.setAttribute("role", "region");
  el.setAttribute("aria-label", spec.label);
  el.append(
    make("div", { class: "ll-head" }, [make("b", {}, [spec.title]), answered]),
    progress,
    banner,
    ...items.map((item) => item.fieldset),
    make("p", { class: "ll-muted ll-quiz-foot" }, [
      spec.foot,
    ])
  );

  function makeQuestion(question) {
    const item = { id: question.id, exam: question.exam, waiting: null, checked: null };
    const legend = `${card}-${question.id}`;
    const send = (check) => click(item, check && !item.exam);

    item.control = kinds[question.kind](question, { name: legend, letters: spec.letters, labelledBy: legend, send });
    item.status = make("span", { class: "ll-muted ll-quiz-status", role: "status" });
    item.feedback = make("div", { role: "status" });
    item.check = make("button", { type: "button", onclick: () => send(true) }, ["Check"]);
    const listeners = { onkeydown: (event) => onKey(event, item), oninput: () => paintButton(item) };
    item.fieldset = make("fieldset", { "data-question": question.id, ...listeners }, [
      make("legend", { id: legend }, [
        make("span", { class: "ll-quiz-place" }, [`${question.number}`]),
        make("span", { class: "ll-quiz-ask", html: question.ask }),
        make("span", { class: "ll-muted ll-quiz-points" }, [question.exam ? `exam, ${question.points}` : question.points]),
      ]),
      item.control.element,
      make("div", { class: "ll-quiz-actions" }, item.exam ? [item.status] : [item.check, item.status]),
      item.feedback,
    ]);
    return item;
  }

  function onKey(event, item) {
    if (event.ctrlKey || event.metaKey || (event.altKey && !isMove(event))) return;
    const typing = event.target.type === "text";
    // On a button, Enter is a click already.
    const check = event.key === "Enter" && !event.shiftKey && event.target.type !== "button";
    if (check) click(item, !item.exam);
    if (check || (!typing && item.control.key?.(event))) event.preventDefault();
  }

  function click(item, check) {
    if (check && isChecked(item)) return;
    const id = `${card}-${(clicks += 1)}`;
    clearTimeout(item.waiting?.timer);
    const timer = setTimeout(() => {
      setStatus(item, "Not saved yet: Python is busy or not connected.", true);
    }, SLOW);
    item.waiting = { id, timer };
    setStatus(item, "saving…", false);
    model.send({ question: item.id, answer: item.control.get(), check, id });
  }

  // Is the answer on the page the one that was checked last?
  function isChecked(item) {
    return item.checked !== null && item.checked === item.control.get();
  }

  function paintButton(item) {
    item.check.textContent = (item.control.words ?? ["Check", "Checked"])[Number(isChecked(item))];
    // Not `disabled`, which would take the keyboard away from where it is.
    item.check.setAttribute("aria-disabled", isChecked(item));
  }

  function setStatus(item, text, bad) {
    item.status.classList.toggle("bad", bad);
    if (item.status.textContent !== text) item.status.textContent = text;
  }

  function paint() {
    const state = model.get("state");
    for (const item of items) {
      const answer = state[item.id];
      if (item.waiting) {
        // An older click came back: what it says is overtaken already.
        if (answer.heard !== item.waiting.id) continue;
        clearTimeout(item.waiting.timer);
        item.waiting = null;
      }
      // An answer that Python refused stays in sight, to be corrected.
      if (!answer.refused || !painted) item.control.set(answer.value);
      item.checked = answer.checked ? answer.value : null;
      item.control.freeze?.(answer.final);
      item.control.mark?.(answer.checked ? answer.wrong : null, answer.style === "good");
      setStatus(item, answer.remark, answer.bad);
      paintButton(item);
      paintFeedback(item, answer);
    }
    painted = true;
    const done = spec.questions.filter((question) => state[question.id].value).length;
    answered.textContent = `${done} of ${spec.questions.length} answered`;
    progress.setAttribute("aria-valuenow", done);
    bar.style.width = `${(100 * done) / spec.questions.length}%`;
  }

  function paintFeedback(item, answer) {
    // Only what is new is put into the page, because a screen reader speaks what is put there.
    const news = answer.checked ? JSON.stringify([answer.value, answer.heading, answer.notes, answer.attempts]) : "";
    if (item.news === news) return;
    item.news = news;
    item.feedback.replaceChildren();
    if (!answer.checked) return;
    const attempt = answer.final ? "" : answer.attempts === 1 ? "first attempt" : `attempt ${answer.attempts}`;
    item.feedback.append(
      make("div", { class: `ll-card ${answer.style}` }, [
        make("div", {}, [
          make("b", { class: "ll-quiz-verdict" }, [answer.heading]),
          " ",
          make("span", { class: "ll-muted" }, [attempt]),
        ]),
        ...answer.notes.map((note) => make("div", { class: "ll-quiz-note", html: note })),
      ])
    );
    typeset(model, item.feedback);
  }

  function paintConnection(connection, text) {
    if (banner.textContent !== text) banner.textContent = text;
    for (const item of items) {
      item.fieldset.disabled = connection !== "live";
      if (connection === "gone" && item.waiting) {
        clearTimeout(item.waiting.timer);
        item.waiting = null;
        setStatus(item, "Not saved: Python is not connected.", true);
      }
    }
  }

  const endGuard = guardKeys(el, isMove);
  model.on("change:state", paint);
  paint();
  items.forEach((item) => typeset(model, item.fieldset));
  const endWatch = watchConnection(model, spec.model_id, paintConnection);

  return () => {
    endWatch();
    endGuard();
    model.off("change:state", paint);
    items.forEach((item) => clearTimeout(item.waiting?.timer));
  };
}

// Alt with an arrow moves a line of an ordering.
function isMove(event) {
  return event.altKey && (event.key === "ArrowUp" || event.key === "ArrowDown");
}

export default { render };
