"use strict";
(() => {
  const main = document.getElementById("check");
  const form = document.getElementById("form");
  const state = document.getElementById("state");
  const mail = document.getElementById("mail");
  const remark = document.getElementById("remark");
  let saved = true;

  const replies = () =>
    Array.from(form.querySelectorAll("fieldset"), (set) => {
      const chosen = set.querySelector("input:checked");
      const words = set.querySelector(".more textarea");
      const side = set.querySelector("select");
      return {
        key: set.dataset.key,
        number: Number(set.dataset.number),
        verdict: chosen ? chosen.value : "",
        wording: chosen && chosen.value === "differently" && words ? words.value.trim() : "",
        side: chosen && chosen.value === "wrong side" && side ? side.value : "",
      };
    }).filter((each) => each.verdict);

  const line = (text) => text.replace(/\s+/g, " ").trim();

  const asText = () => {
    const lines = [`check ${main.dataset.person} ${main.dataset.edition}`];
    for (const each of replies()) {
      const what = { "differently": `differently: ${line(each.wording)}`, "wrong side": `side: ${each.side}` };
      lines.push(`${each.number} ${what[each.verdict] || each.verdict}`);
    }
    if (remark.value.trim()) lines.push(`remark: ${line(remark.value)}`);
    return lines.join("\n");
  };

  const changed = () => {
    saved = false;
    state.textContent = "";
    mail.value = asText();
  };

  form.addEventListener("input", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  for (const set of form.querySelectorAll("fieldset")) {
    const more = set.querySelector(".more textarea, .more select");
    if (more) {
      more.addEventListener("input", () => {
        const wanted = more.tagName === "SELECT" ? "wrong side" : "differently";
        set.querySelector(`input[value="${wanted}"]`).checked = true;
      });
    }
  }

  document.getElementById("save").addEventListener("click", () => {
    const answer = {
      check: 1,
      session: main.dataset.session,
      person: main.dataset.person,
      edition: main.dataset.edition,
      replies: replies(),
      remark: remark.value.trim(),
    };
    const open = form.querySelectorAll("fieldset").length - answer.replies.length;
    const lacking = answer.replies.find(
      (each) =>
        (each.verdict === "differently" && !each.wording) || (each.verdict === "wrong side" && !each.side),
    );
    if (lacking) {
      state.textContent = `Number ${lacking.number} is not finished: please say how or which, or choose another answer.`;
      const set = form.querySelector(`fieldset[data-number="${lacking.number}"]`);
      set.querySelector(".more textarea, .more select").focus();
      return;
    }
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([JSON.stringify(answer, null, 1)], { type: "application/json" }));
    link.download = `answer-${answer.person}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
    saved = true;
    state.textContent = `Saved as ${link.download}${open ? `; ${open} left open` : ""}. Please send that file back.`;
  });

  window.addEventListener("beforeunload", (event) => {
    if (!saved) event.preventDefault();
  });

  document.getElementById("blocked").hidden = true;
  document.getElementById("saving").hidden = false;
  mail.value = asText();
})();
