/* Sums and hints in the grids of quarterly tables. The server works everything out again; this shows it while typing.
 *
 *   data-adds="s0_1 s1_0"   input: the sums it goes into
 *   data-sum="s0_1"         output: the sum of the inputs that name it
 *   data-share="a b / c"    output: inputs a and b, by id, in percent of input c
 *   data-before="12"        input: the figure of the quarter before; a change of more than data-swing percent of the
 *                           table shows, because it has to be explained
 *   data-check-all="name"   checkbox: checks or clears all checkboxes of that name in its form, and shows whether all are
 */
(function () {
  "use strict";

  function all(selector, scope) {
    return Array.prototype.slice.call((scope || document).querySelectorAll(selector));
  }

  function number(input) {
    var value = input ? parseInt(input.value, 10) : 0;
    return isNaN(value) || value < 0 ? 0 : value;
  }

  function addUp(form) {
    all("output[data-sum]", form).forEach(function (output) {
      var name = output.getAttribute("data-sum");
      var sum = all("input[data-adds]", form).reduce(function (total, input) {
        return input.getAttribute("data-adds").split(" ").indexOf(name) < 0 ? total : total + number(input);
      }, 0);
      output.textContent = String(sum);
    });
    all("output[data-share]", form).forEach(function (output) {
      var sides = output.getAttribute("data-share").split(" / ");
      var part = sides[0].split(" ").reduce(function (total, id) {
        return total + number(document.getElementById(id));
      }, 0);
      var whole = number(document.getElementById(sides[1]));
      output.textContent = whole ? ((part * 100) / whole).toFixed(2) + "%" : "—";
    });
  }

  function compare(input) {
    var note = document.getElementById(input.id + "_before");
    if (!note || !input.hasAttribute("data-before")) {
      return;
    }
    var before = parseInt(input.getAttribute("data-before"), 10);
    var table = input.closest("[data-swing]");
    var limit = table ? parseInt(table.getAttribute("data-swing"), 10) : Infinity;
    var change = input.value === "" ? 0 : number(input) - before;
    var large = table !== null && Math.abs(change) * 100 > before * limit;
    note.classList.toggle("figure-swing", large);
    note.lastChild.textContent = before + (change ? "（" + (change > 0 ? "+" : "") + change + (large ? "，需说明" : "") + "）" : "");
  }

  function ready() {
    all("form").forEach(function (form) {
      var inputs = all("input[data-adds]", form);
      if (!inputs.length) {
        return;
      }
      form.addEventListener("input", function (event) {
        addUp(form);
        if (event.target.hasAttribute("data-before")) {
          compare(event.target);
        }
      });
      addUp(form);
      inputs.forEach(compare);
    });
    all("input[data-check-all]").forEach(function (box) {
      var each = all('input[name="' + box.getAttribute("data-check-all") + '"]', box.form);
      function show() {
        var checked = each.filter(function (one) {
          return one.checked;
        }).length;
        box.checked = checked === each.length;
        box.indeterminate = checked > 0 && checked < each.length;
      }
      box.addEventListener("change", function () {
        each.forEach(function (one) {
          one.checked = box.checked;
        });
      });
      box.form.addEventListener("change", show);
      show();
    });
  }

  if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", ready);
  } else {
    ready();
  }
})();
