// What passes between painter, panel and bridge while a painter paints live, and what the document
// says: read by live_painter.py and soak.py as `studio.witness`.
(() => {
  const panel = studio.panel().window;
  const seen = { sent: [], frames: [], shown: [], edits: [] };
  const now = () => performance.now() / 1000; // seconds
  const within = (id) => panel.document.getElementById(id);

  const { send } = panel.WebSocket.prototype;
  const sockets = new Set();
  panel.WebSocket.prototype.send = function (text) {
    if (!sockets.has(this)) this.addEventListener("message", ({ data }) => heard(JSON.parse(data)));
    sockets.add(this);
    const command = JSON.parse(text);
    if (command.type === "live") seen.sent.push({ at: now(), ...command });
    return send.call(this, text);
  };
  const heard = ({ type, number, request, seconds }) => {
    if (type === "frame") seen.frames.push({ at: now(), number, request, seconds });
  };

  const picture = within("live-picture");
  const shown = () => {
    const { number, request, seed } = picture.dataset;
    return { at: now(), number: Number(number), request, seed: Number(seed) };
  };
  new MutationObserver(() => seen.shown.push(shown())).observe(picture, {
    attributeFilter: ["data-number", "data-request"],
  });

  const playing = () => within("live-play").classList.contains("chosen");
  const edited = () => void (playing() && seen.edits.push(now()));
  const inHand = () => {
    const [active] = studio.model.active.state.active;
    return regions().some(({ layer }) => layer === active);
  };
  const stage = document.getElementById("stage");
  stage.addEventListener("pointerup", () => void (inHand() && edited()), true);
  document.getElementById("undo").addEventListener("click", edited, true);
  for (const id of ["prompt", "region"]) within(id).addEventListener("input", edited, true);
  for (const [id, part] of Object.entries({ region: ".chip", regions: ".region-colour" })) {
    within(id).addEventListener(
      "click",
      ({ target }) => void (target.closest(part) && edited()),
      true,
    );
  }

  const urls = new Set();
  const { createObjectURL, revokeObjectURL } = panel.URL;
  panel.URL.createObjectURL = (blob) => {
    const url = createObjectURL.call(panel.URL, blob);
    urls.add(url);
    return url;
  };
  panel.URL.revokeObjectURL = (url) => {
    urls.delete(url);
    revokeObjectURL.call(panel.URL, url);
  };

  /** Addresses of images that nothing on the page shows any more. */
  const idle = () => {
    const page = panel.document.body.innerHTML;
    return [...urls].filter((url) => !page.includes(url)).length;
  };

  /** Bytes of the pixels in the document and its history, shared ones counted once. */
  const pixels = () => {
    const { history } = studio.model.active;
    const layers = history.flatMap(({ state }) => flat(state.layers));
    const rasters = new Set(layers.flatMap(({ raster, mask }) => [raster, mask]).filter(Boolean));
    return [...rasters].reduce((sum, { data }) => sum + data.byteLength, 0);
  };

  const flat = (layers) => layers.flatMap((layer) => [layer, ...flat(layer.layers)]);
  const base64 = (bytes) => {
    let text = "";
    for (let i = 0; i < bytes.length; i += 8192) {
      text += String.fromCharCode(...bytes.subarray(i, i + 8192));
    }
    return btoa(text);
  };

  /** The regions that the document's own metadata and pixels tell of, lowest first. */
  const regions = () => {
    const { width, height, layers } = studio.model.active.state;
    return flat(layers).flatMap(({ id, name, raster, metadata }) => {
      const note = JSON.parse(metadata.settings["org.pentimento"] ?? "null");
      if (note?.kind !== "region") return [];
      const alpha = new Uint8Array(width * height);
      for (let y = 0; raster && y < raster.height; y += 1) {
        for (let x = 0; x < raster.width; x += 1) {
          const [column, row] = [raster.left + x, raster.top + y];
          if (column < 0 || row < 0 || column >= width || row >= height) continue;
          alpha[row * width + column] = raster.data[4 * (y * raster.width + x) + 3];
        }
      }
      return [{ layer: id, name, brush: note.brush, alpha: base64(alpha), width, height }];
    });
  };

  /** The frame that is seen: what it is, and its pixels as a PNG; null where another came. */
  const frame = async () => {
    const { number, request, seed } = shown();
    const image = new panel.Image();
    image.src = picture.querySelector("img").src;
    try {
      await image.decode();
    } catch {
      return null;
    }
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    canvas.getContext("2d").drawImage(image, 0, 0);
    const png = canvas.toDataURL("image/png").replace("data:image/png;base64,", "");
    return { number, request, seed, png };
  };

  studio.witness = {
    regions,
    frame,
    seen,
    playing,
    last: () => seen.sent.at(-1) ?? null,
    shown: () => seen.shown.at(-1) ?? null,
    memory: () => ({ idle: idle(), pixels: pixels(), undisposed: studio.panel().undisposed() }),
    active: () => [...studio.model.active.state.active],
    history: () => studio.model.active.history.map(({ name }) => name),
  };
})();
