// A number, typed.
function number(question, { send, labelledBy }) {
  const input = make("input", {
    type: "text",
    inputmode: "decimal",
    autocomplete: "off",
    "aria-labelledby": labelledBy,
    onchange: () => send(false),
  });
  return {
    element: make("div", { class: "ll-quiz-number" }, [input]),
    get: () => input.value.trim(),
    set: (value) => {
      // Never write under the hands of somebody who is typing.
      if (document.activeElement !== input) input.value = value;
    },
  };
}
