"use strict";
// Fetches the studio's files and starts it: the one script of the page that is not a module.

(async () => {
  const { createRequire, prefetch } = globalThis["PentimentoLoader"];
  const fetchText = async (path) => {
    const answer = await fetch(`/studio/${path}`);
    if (!answer.ok) throw new Error(`/studio/${path} could not be loaded (${answer.status})`);
    return answer.text();
  };
  try {
    const texts = await prefetch("studio.js", fetchText);
    const origin = `${location.origin}/studio/`;
    const load = createRequire({ read: (path) => texts.get(path), origin });
    await load("studio.js").start(fetchText);
  } catch (error) {
    document.body.textContent = `The studio could not start: ${error instanceof Error ? error.message : error}`;
    throw error;
  }
})();
