// Code with a gap to be filled.
function blank(question, { send, labelledBy }) {
  const input = make("input", {
    type: "text",
    class: "ll-quiz-gap",
    autocomplete: "off",
    autocapitalize: "off",
    spellcheck: "false",
    "aria-labelledby": labelledBy,
    onchange: () => send(false),
    oninput: grow,
  });
  grow();

  // The width says nothing about the answer that is expected.
  function grow() {
    input.style.width = `${Math.max(16, input.value.length + 2)}ch`;
  }

  return {
    element: make("pre", { class: "ll-quiz-code", tabindex: "-1" }, [
      make("code", {}, [question.before, input, question.after]),
    ]),
    get: () => input.value.trim(),
    set: (value) => {
      // Never write under the hands of somebody who is typing.
      if (document.activeElement !== input) input.value = value;
      grow();
    },
    mark: (wrong) => {
      input.classList.toggle("judged", wrong !== null);
    },
  };
}
