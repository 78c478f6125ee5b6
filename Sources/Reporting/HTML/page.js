(function () {
  "use strict";
  var root = document.documentElement;
  var remembered = {
    get: function () {
      try { return localStorage.getItem("nilometer-theme"); } catch (refused) { return null; }
    },
    set: function (name) {
      try { localStorage.setItem("nilometer-theme", name); } catch (refused) { /* for now only */ }
    }
  };
  var systemIsDark = window.matchMedia("(prefers-color-scheme: dark)");

  function isDark() {
    var chosen = root.getAttribute("data-theme");
    return chosen ? chosen === "dark" : systemIsDark.matches;
  }

  function connectTheme() {
    var button = document.getElementById("theme");
    function label() { button.textContent = isDark() ? "Light" : "Dark"; }
    button.addEventListener("click", function () {
      var name = isDark() ? "light" : "dark";
      root.setAttribute("data-theme", name);
      remembered.set(name);
      label();
    });
    systemIsDark.addEventListener("change", label);
    label();
  }

  function key(row, index) {
    var cell = row.cells[index];
    var number = cell.getAttribute("data-key");
    return number === null ? cell.textContent : Number(number);
  }

  function compare(a, b) {
    if (typeof a === "number" && typeof b === "number") { return a - b; }
    // What has no number comes after what has.
    if (typeof a === "number") { return -1; }
    if (typeof b === "number") { return 1; }
    return a < b ? -1 : a > b ? 1 : 0;
  }

  function sort(table, index, heading) {
    var descends = heading.getAttribute("aria-sort") === "ascending";
    var body = table.tBodies[0];
    var rows = Array.prototype.map.call(body.rows, function (row, place) {
      return { row: row, key: key(row, index), place: place };
    });
    rows.sort(function (a, b) {
      var order = compare(a.key, b.key);
      var isMixed = typeof a.key !== typeof b.key;
      return (descends && !isMixed ? -order : order) || a.place - b.place;
    });
    rows.forEach(function (one) { body.appendChild(one.row); });
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (cell) {
      cell.removeAttribute("aria-sort");
    });
    heading.setAttribute("aria-sort", descends ? "descending" : "ascending");
  }

  function connectSorting(table) {
    Array.prototype.forEach.call(table.tHead.rows[0].cells, function (heading, index) {
      var button = document.createElement("button");
      button.type = "button";
      button.textContent = heading.textContent;
      button.addEventListener("click", function () { sort(table, index, heading); });
      heading.textContent = "";
      heading.appendChild(button);
    });
  }

  function connectFilters(controls) {
    var table = document.getElementById(controls.getAttribute("data-table"));
    var kinds = Array.prototype.slice.call(controls.querySelectorAll("[data-verdict]"));
    var chosen = controls.querySelector("select");
    var search = controls.querySelector("input");
    var status = controls.querySelector("output");
    var rows = Array.prototype.slice.call(table.tBodies[0].rows);

    function apply() {
      var wanted = kinds.filter(function (button) {
        return button.getAttribute("aria-pressed") === "true";
      }).map(function (button) { return button.getAttribute("data-verdict"); });
      var words = search.value.toLowerCase().split(/\s+/).filter(Boolean);
      var shown = 0;
      rows.forEach(function (row) {
        var text = row.textContent.toLowerCase();
        var fits = (wanted.length === 0 || wanted.indexOf(row.getAttribute("data-verdict")) >= 0)
          && (!chosen || !chosen.value || chosen.value === row.getAttribute("data-document"))
          && words.every(function (word) { return text.indexOf(word) >= 0; });
        row.hidden = !fits;
        if (fits) { shown += 1; }
      });
      status.textContent = shown + " of " + rows.length + " shown";
    }

    kinds.forEach(function (button) {
      button.addEventListener("click", function () {
        var isPressed = button.getAttribute("aria-pressed") === "true";
        button.setAttribute("aria-pressed", String(!isPressed));
        apply();
      });
    });
    if (chosen) { chosen.addEventListener("change", apply); }
    search.addEventListener("input", apply);
    controls.querySelector("[data-reset]").addEventListener("click", function () {
      kinds.forEach(function (button) { button.setAttribute("aria-pressed", "false"); });
      if (chosen) { chosen.value = ""; }
      search.value = "";
      apply();
    });
    apply();
  }

  // On paper nothing can be clicked.
  window.addEventListener("beforeprint", function () {
    Array.prototype.forEach.call(document.querySelectorAll("details.more"), function (one) {
      one.open = true;
    });
  });

  var theme = remembered.get();
  if (theme === "dark" || theme === "light") { root.setAttribute("data-theme", theme); }
  root.classList.add("scripted");
  document.addEventListener("DOMContentLoaded", function () {
    connectTheme();
    Array.prototype.forEach.call(document.querySelectorAll("table.sortable"), connectSorting);
    Array.prototype.forEach.call(document.querySelectorAll(".controls"), connectFilters);
  });
})();
