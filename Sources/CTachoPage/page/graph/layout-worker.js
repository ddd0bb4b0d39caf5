/** Runs dagre off the page's thread. Import maps do not reach workers, so its imports are relative. */
import { options } from "./layout.js";

self.onmessage = async ({ data: graph }) => {
  let library;
  try {
    library = await import("../lib/dagre.js");
  } catch (error) {
    self.postMessage({ failure: String(error.message), isMissing: true });
    return;
  }
  try {
    library.layout(graph.nodes, graph.edges, options(graph), {});
    self.postMessage(graph);
  } catch (error) {
    self.postMessage({ failure: `The layout failed: ${error.message}` });
  }
};
