// One of several choices, or all that apply: native radio buttons or checkboxes.
function choices(type, question, { name, letters, send }) {
  const inputs = question.choices.map((_, index) =>
    make("input", { type, name, value: letters[index], onchange: () => send(false) })
  );
  const labels = question.choices.map((choice, index) =>
    make("label", { class: "ll-quiz-choice" }, [
      inputs[index],
      make("span", { class: "ll-quiz-letter" }, [letters[index]]),
      make("span", { html: choice }),
    ])
  );
  return {
    element: make("div", {}, labels),
    get: () => inputs.filter((input) => input.checked).map((input) => input.value).join(""),
    set: (value) => inputs.forEach((input) => (input.checked = value.includes(input.value))),
    mark: (wrong) =>
      labels.forEach((label, index) => {
        const judged = wrong !== null && inputs[index].checked;
        label.classList.toggle("bad", judged && wrong.includes(letters[index]));
        label.classList.toggle("good", judged && !wrong.includes(letters[index]));
      }),
    key(event) {
      const index = event.key.length === 1 ? letters.indexOf(event.key.toUpperCase()) : -1;
      if (index < 0 || index >= inputs.length) return false;
      inputs[index].focus();
      inputs[index].click();
      return true;
    },
  };
}
