// Loads the page in a frame as wide as a phone, uses it as a reader would, and leaves what it found
// as JSON in the document. `page` is the text of the page.
(function () {
  "use strict";
  function spy() {
    window.heard = [];
    ["error", "warn"].forEach(function (name) {
      console[name] = function () { window.heard.push(name + ": " + [].join.call(arguments, " ")); };
    });
    window.addEventListener("error", function (event) { window.heard.push(event.message); });
    document.addEventListener("securitypolicyviolation", function (event) {
      window.heard.push("policy: " + event.violatedDirective);
    });
  }

  function shown(document) {
    return [].filter.call(document.querySelectorAll("#verdict-table tbody tr"), function (row) {
      return row.offsetParent !== null;
    });
  }

  function kinds(document) {
    return shown(document).map(function (row) { return row.getAttribute("data-verdict"); });
  }

  function press(document, selector) { document.querySelector(selector).click(); }

  function change(document, selector, value, event) {
    var field = document.querySelector(selector);
    field.value = value;
    field.dispatchEvent(new document.defaultView.Event(event));
  }

  function sorted(document, index) {
    var heading = document.querySelectorAll("#verdict-table thead th")[index];
    heading.querySelector("button").click();
    return {
      state: heading.getAttribute("aria-sort"),
      keys: shown(document).map(function (row) {
        var key = row.cells[index].getAttribute("data-key");
        return key === null ? null : Number(key);
      }),
    };
  }

  function use(frame, result) {
    var document = frame.contentDocument;
    var window = frame.contentWindow;
    result.all = shown(document).length;
    press(document, ".controls [data-verdict=refuted]");
    result.refuted = kinds(document);
    result.pressed =
      document.querySelector(".controls [data-verdict=refuted]").getAttribute("aria-pressed");
    result.status = document.querySelector(".controls output").textContent;
    press(document, "[data-reset]");
    change(document, ".controls select", "peer-ring", "change");
    result.documents = shown(document).map(function (row) {
      return row.getAttribute("data-document");
    });
    press(document, "[data-reset]");
    change(document, ".controls input", "latency-7 NEVER", "input");
    result.none = shown(document).length;
    change(document, ".controls input", "LATENCY-7", "input");
    result.found = shown(document).length;
    press(document, "[data-reset]");
    result.after = shown(document).length;
    result.ascending = sorted(document, 4);
    result.descending = sorted(document, 4);
    result.paper = [0, 1, 2].map(function (turn) {
      if (turn > 0) { press(document, "#theme"); }
      return window.getComputedStyle(document.body).backgroundColor;
    });
    result.room = document.documentElement.clientWidth;
    result.width = document.documentElement.scrollWidth;
    result.unsortable = document.querySelectorAll("table.sortable thead th > :not(button)").length;
    result.buttons = document.querySelectorAll("table.sortable thead th > button").length;
    result.drawings = document.querySelectorAll("figure svg").length;
    result.dangling = [].filter.call(document.querySelectorAll("use"), function (use) {
      return !document.getElementById(use.getAttribute("href").slice(1));
    }).length;
    var names = [].map.call(document.querySelectorAll("[id]"), function (one) { return one.id; });
    result.twice = names.length - new Set(names).size;
    result.requests = window.performance.getEntriesByType("resource").length;
    result.nameless = [].filter.call(
      document.querySelectorAll("button, input, select, svg[role=img], [role=region]"),
      function (one) {
        return !(one.getAttribute("aria-label") || one.textContent.trim());
      }).length;
    result.heard = window.heard;
  }

  var frame = document.createElement("iframe");
  frame.width = 360;
  frame.height = 800;
  frame.style.border = "0";
  frame.srcdoc = page.replace("<head>", "<head><script>(" + spy + ")()</" + "script>");
  frame.addEventListener("load", function () {
    var result = {};
    try {
      use(frame, result);
    } catch (problem) {
      result = { problem: String(problem) };
    }
    document.getElementById("result").textContent = JSON.stringify(result);
  });
  document.body.appendChild(frame);
})();
