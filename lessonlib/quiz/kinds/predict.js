// A number that is guessed, committed once, and compared with what the notebook measures.
function predict(question, context) {
  // A guess that is not committed is nobody's business: it is not sent when it changes.
  const control = number(question, { ...context, send: () => {} });
  const input = control.element.querySelector("input");
  return {
    ...control,
    words: ["Commit my guess", "Committed"],
    // Nor does Python know it, so its empty answer must not wipe out what is typed.
    set: (value) => {
      if (value) control.set(value);
    },
    freeze: (on) => {
      input.readOnly = on;
      if (on) input.blur();
    },
  };
}
