// Starting a measurement: a model, its inputs, the settings in groups, and what runs with its progress and log.
import { copyButton, element, errorCard, failureCard, replace } from "tacho/dom.js";
import { bytes, commandLine, count, duration, percent, plural, rate } from "tacho/format.js";

// What can be started: its name in the form, above what runs, its own group of settings, and the view of its report.
const kinds = {
  run: { words: "Measure", title: "Measure", view: "overview" },
  profile: { words: "Profile layers", title: "Profile", group: "Profiler", view: "overview" },
  load: { words: "Find the throughput", title: "Load", group: "Load", view: "load" },
};

export async function show(container, context) {
  const { api, state } = context;
  const [{ models }, desk] = await Promise.all([api.json("models"), api.json("activities")]);
  const running = element("div", { class: "runs" });
  const items = [];
  const form = new ActivityForm(context, models, desk, (activity) => watch(activity, true));

  function watch(activity, isNew) {
    const item = new ActivityItem(context, activity);
    if (isNew) running.querySelector(".dim")?.remove();
    if (isNew) running.prepend(item.node); else running.append(item.node);
    items.push(item);
    item.follow();
  }

  if (desk.activities.length === 0) running.append(element("p", { class: "dim" }, "Nothing was started yet. What is started here runs as a worker on the machine that serves this page, one after the other."));
  for (const activity of desk.activities) watch(activity, false);
  container.append(element("h1", null, "Activities"), element("div", { class: "desk" }, form.node,
    element("div", { class: "side" }, form.start, element("section", { class: "card" }, element("h2", null, "Started here"), running))));
  await form.chooseModel(state.get("model") ?? models[0]?.id);
  return () => { for (const item of items) item.close(); };
}

// MARK: The form

class ActivityForm {
  constructor(context, models, desk, started) {
    this.context = context;
    this.models = models;
    this.desk = desk;
    this.started = started;
    this.values = {};
    this.wildcards = new Map();
    this.kind = kinds[context.state.get("kind")] ? context.state.get("kind") : "run";
    this.build();
  }

  build() {
    this.select = element("select", { id: "model", "aria-label": "Model", onchange: () => this.chooseModel(this.select.value) });
    this.fillModels();
    this.file = element("input", { type: "file", accept: ".onnx", "aria-label": "Upload a model", onchange: () => this.upload(this.file.files[0]) });
    this.drop = element("div", { class: "drop" }, "Or upload one: drop an .onnx file here, or ", this.file);
    for (const name of ["dragenter", "dragover"]) this.drop.addEventListener(name, (event) => { event.preventDefault(); this.drop.classList.add("over"); });
    for (const name of ["dragleave", "drop"]) this.drop.addEventListener(name, () => this.drop.classList.remove("over"));
    this.drop.addEventListener("drop", (event) => { event.preventDefault(); this.upload(event.dataTransfer.files[0]); });
    this.uploadState = element("div", { role: "status" });
    this.inputs = element("div");
    this.groups = element("div");
    this.command = element("code");
    this.copyPlace = element("span");
    this.problem = element("div");
    this.button = element("button", { type: "submit", form: "activity-form", class: "primary", disabled: true }, "Start");
    const choice = element("div", { class: "kinds", role: "radiogroup", "aria-label": "Kind of activity" },
      Object.entries(kinds).map(([kind, { words }]) => element("label", null,
        element("input", { type: "radio", name: "kind", value: kind, checked: kind === this.kind, onchange: () => { this.kind = kind; this.context.setState({ kind }); this.fillGroups(); this.check(); } }), words)));
    this.node = element("form", { id: "activity-form", onsubmit: (event) => { event.preventDefault(); this.begin(); } },
      element("section", { class: "card" }, element("h2", null, "Model"), element("div", { class: "choice-row" }, this.select), this.drop, this.uploadState, this.inputs),
      element("section", { class: "card" }, element("h2", null, "Settings"), choice, this.groups));
    this.start = element("section", { class: "card" }, element("h2", null, "The same on the command line"),
      element("div", { class: "command" }, this.command, this.copyPlace), this.problem, element("div", { class: "actions" }, this.button));
    this.fillGroups();
  }

  fillModels() {
    const origins = [["demo", "Demo models"], ["folder", "In the served folder"], ["upload", "Uploaded"]];
    replace(this.select, origins.map(([origin, words]) => {
      const some = this.models.filter((model) => model.origin === origin);
      return some.length > 0 && element("optgroup", { label: words }, some.map((model) => element("option", { value: model.id }, `${model.name} (${bytes(model.size_bytes)})`)));
    }));
  }

  async chooseModel(id) {
    this.model = id;
    this.wildcards.clear();
    if (!id) {
      replace(this.inputs, element("p", { class: "dim" }, "No model yet: upload one, or put one into the served folder."));
      return this.check();
    }
    this.select.value = id;
    this.context.setState({ model: id });
    try {
      const model = await this.context.api.json(`models/${encodeURIComponent(id)}`);
      if (this.model !== id) return undefined;
      this.showInputs(model);
    } catch (error) {
      if (this.model !== id) return undefined;
      replace(this.inputs, errorCard(error, "The model"));
    }
    return this.check();
  }

  showInputs(model) {
    const row = (tensor, direction) => {
      const isOpen = direction === "input" && tensor.dimensions?.some((size) => !/^\d+$/.test(size));
      return element("tr", null, element("td", null, tensor.name), element("td", { class: "dim" }, direction), element("td", null, tensor.element_type),
        element("td", null, tensor.dimensions === undefined ? "any shape" : tensor.dimensions.length === 0 ? "scalar"
          : isOpen ? this.shapeFields(tensor) : element("span", { class: "mono" }, tensor.dimensions.join("x"))));
    };
    replace(this.inputs, element("p", { class: "dim" }, `${plural(model.nodes, "node")}, ${plural(model.parameters, "parameter")}${model.producer ? `, written by ${model.producer}` : ""}`),
      element("div", { class: "scroll" }, element("table", null,
        element("thead", null, element("tr", null, ["Tensor", "", "Type", "Shape"].map((name) => element("th", { scope: "col" }, name)))),
        element("tbody", null, model.inputs.map((tensor) => row(tensor, "input")), model.outputs.map((tensor) => row(tensor, "output"))))));
  }

  /** A field for each open size. Where one is filled in, all of the tensor's are asked for. */
  shapeFields(tensor) {
    const fields = tensor.dimensions.map((size, index) => (/^\d+$/.test(size) ? size : element("input", {
      class: "wildcard", inputmode: "numeric", placeholder: size === "?" ? (index === 0 ? "batch" : "size") : size,
      "aria-label": `${tensor.name}, size ${index + 1} (${size})`, oninput: () => this.check(),
    })));
    this.wildcards.set(tensor.name, fields);
    return element("span", { class: "shape-row mono" }, fields.map((field, index) => [index > 0 && "x", field]));
  }

  shapes() {
    const shapes = {};
    for (const [name, fields] of this.wildcards) {
      const filled = fields.filter((field) => field instanceof Node && field.value.trim() !== "");
      if (filled.length === 0) continue;
      shapes[name] = fields.map((field) => (field instanceof Node ? field.value.trim() || "1" : field)).join("x");
    }
    return shapes;
  }

  fillGroups() {
    replace(this.groups, this.desk.groups.map((group) => {
      const settings = this.desk.settings.filter((setting) => setting.group === group && setting.kinds.includes(this.kind));
      if (settings.length === 0) return null;
      return element("details", { class: "group", open: group === "Common" || group === kinds[this.kind].group },
        element("summary", null, group, " ", element("span", { class: "dim" }, plural(settings.length, "setting"))),
        element("div", { class: "settings" }, settings.map((setting) => this.field(setting))));
    }));
  }

  field(setting) {
    const id = `setting-${setting.option}`;
    const common = { id, oninput: (event) => { this.values[setting.option] = event.target.value; this.check(); } };
    const value = this.values[setting.option] ?? "";
    const control = setting.form === "choice"
      ? element("select", common, element("option", { value: "" }, "default"), setting.choices.map((choice) => element("option", { value: choice, selected: choice === value }, choice)))
      : setting.form === "entries" ? element("textarea", { ...common, value, spellcheck: "false" })
        : element("input", { ...common, value, inputmode: setting.form === "number" ? "numeric" : null, placeholder: { time: "such as 2s", share: "such as 1%", numbers: "such as 10:200:10", number: "" }[setting.form] });
    return element("div", { class: `setting ${setting.form === "entries" ? "wide" : ""}` }, element("label", { for: id }, setting.title), control, element("span", { class: "hint" }, setting.hint));
  }

  request() {
    const settings = {};
    for (const setting of this.desk.settings) {
      const value = this.values[setting.option]?.trim();
      if (value && setting.kinds.includes(this.kind)) settings[setting.option] = value;
    }
    return { kind: this.kind, model: this.model, settings, shapes: this.shapes() };
  }

  /** Asks the server what the settings mean and whether they fit together. */
  check() {
    clearTimeout(this.checking);
    this.button.disabled = true;
    this.asked = null;
    if (!this.model) { replace(this.command, `tacho ${this.kind} MODEL`); return; }
    const request = this.request();
    this.asked = request;
    this.checking = setTimeout(async () => {
      try {
        const { command } = await this.context.api.post("activities/check", request);
        // Answers may overtake each other.
        if (this.asked !== request) return;
        const text = commandLine(command);
        replace(this.command, text);
        replace(this.copyPlace, copyButton(text));
        replace(this.problem);
        this.button.disabled = false;
      } catch (error) {
        if (this.asked === request) replace(this.problem, errorCard(error, "The settings"));
      }
    }, 200);
  }

  async begin() {
    this.button.disabled = true;
    try {
      this.started(await this.context.api.post("activities", this.request()));
      this.context.say("Started");
      this.check();
    } catch (error) {
      replace(this.problem, errorCard(error, "The activity"));
      this.button.disabled = false;
    }
  }

  async upload(file) {
    if (!file) return;
    replace(this.uploadState, element("p", { class: "dim" }, `Uploading ${file.name} (${bytes(file.size)}) …`));
    try {
      const model = await this.context.api.post(`models?name=${encodeURIComponent(file.name)}`, file);
      this.models.push(model);
      this.fillModels();
      replace(this.uploadState, element("p", { class: "dim" }, `Uploaded as ${model.name}.`));
      await this.chooseModel(model.id);
    } catch (error) {
      replace(this.uploadState, errorCard(error, file.name));
    }
    this.file.value = "";
  }
}

// MARK: What runs

class ActivityItem {
  constructor(context, activity) {
    this.context = context;
    this.lines = [];
    this.meter = element("div", { class: "meter", role: "progressbar", "aria-label": "Progress" }, element("div"));
    this.head = element("div", { class: "bar-head" });
    this.live = element("div", { class: "live" });
    this.log = element("pre", { class: "log", tabindex: "0", "aria-label": "Log" });
    this.logPlace = element("details", null, element("summary", null, "Log"), this.log);
    this.failure = element("div");
    this.actions = element("div", { class: "actions" });
    this.node = element("article", { class: "activity", dataset: { activity: activity.id } }, this.head, this.meter, this.live, this.failure, this.actions, this.logPlace);
    this.update(activity);
  }

  follow() {
    if (this.hasEnded) return;
    this.source = this.context.api.events(`activities/${this.activity.id}/events`);
    this.lines = [];
    this.source.onmessage = (event) => {
      this.update(JSON.parse(event.data));
      if (!this.hasEnded) return;
      this.close();
      // Its report may be the second one: the bar has a tab for comparing then.
      this.context.refreshList().catch(() => {});
    };
    // The browser tries again by itself; the next message takes this away.
    this.source.onerror = () => replace(this.failure, failureCard({
      input: "The server", problem: "does not answer: it was ended, or the connection is gone",
      next_step: "start it again with tacho serve; the report keeps what was measured",
    }));
  }

  close() { this.source?.close(); }

  get hasEnded() { return !["waiting", "running"].includes(this.activity.state); }

  update(activity) {
    this.activity = activity;
    this.lines.length = Math.min(this.lines.length, activity.log_start);
    this.lines.push(...activity.log);
    const atEnd = this.log.scrollTop + this.log.clientHeight >= this.log.scrollHeight - 4;
    this.log.textContent = this.lines.join("\n");
    if (atEnd) this.log.scrollTop = this.log.scrollHeight;
    replace(this.head, element("h3", null, `${kinds[activity.kind].title} ${activity.model}`),
      element("span", { class: `state state-${{ running: "recording", complete: "complete", failed: "failed" }[activity.state] ?? "waiting"}` }, activity.state));
    const share = this.share();
    this.meter.hidden = this.hasEnded;
    this.meter.classList.toggle("busy", activity.state === "running" && share === null);
    this.meter.firstChild.style.width = share === null ? "" : `${100 * share}%`;
    if (share !== null) this.meter.setAttribute("aria-valuenow", String(Math.round(100 * share)));
    const seconds = (activity.elapsed_ns ?? 0) / 1e9;
    const fact = (name, text) => element("span", null, `${name} `, element("b", null, text));
    const isLive = !this.hasEnded;
    replace(this.live, isLive && fact("stage", activity.stage), isLive && activity.step && fact(`step ${activity.launch + 1}`, activity.step),
      isLive && activity.launches > 1 && fact("launch", `${activity.launch + 1} of ${activity.launches}`),
      activity.queries !== undefined && fact("queries", count(activity.queries)), seconds > 0.2 && activity.queries > 0 && fact("about", rate(activity.queries / seconds)),
      activity.precision !== undefined && fact("median", `± ${percent(activity.precision)}`), activity.remaining_ns !== undefined && fact("left", duration(Math.max(0, activity.remaining_ns))));
    replace(this.failure, activity.failure && failureCard(activity.failure));
    const text = commandLine(activity.command);
    replace(this.actions,
      !this.hasEnded && element("button", { type: "button", onclick: () => this.cancel() }, "Cancel"),
      ["running", "complete", "interrupted"].includes(activity.state) && element("a", { class: "button", href: this.context.link(kinds[activity.kind].view, { report: activity.report }) }, this.hasEnded ? "Open the report" : "Follow the report"),
      copyButton(text, "Copy the command line"));
  }

  share() {
    const { elapsed_ns: elapsed, remaining_ns: left } = this.activity;
    if (elapsed === undefined || left === undefined || elapsed < 0) return null;
    return elapsed / Math.max(1, elapsed + Math.max(0, left));
  }

  async cancel() {
    try {
      await this.context.api.remove(`activities/${this.activity.id}`);
      this.context.say("Cancelling: what was measured until now is kept");
    } catch (error) {
      this.context.say(error.message);
    }
  }
}
