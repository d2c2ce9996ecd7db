// The layers as strips of spans, as wide as they are stored. Marked are the spans that hold what
// is selected in the map, or what the command needs.
const stripes = document.getElementById('spans');
const canvases = data.layers.map((layer, number) => {
  const canvas = element('canvas', { role: 'img' });
  const text = element('span', {});
  const title = element('span', { title: layer.createdBy }, 'layer ' + number);
  stripes.append(element('div', { class: 'strip' }, title, canvas, text));
  return { canvas, text };
});

// The spans of every layer that hold files at or below a node, and whether files are left out.
function spansBelow(node) {
  const wanted = data.layers.map(() => new Set());
  let incomplete = false;
  const waiting = [node];
  while (waiting.length > 0) {
    const at = waiting.pop();
    waiting.push(...children[at]);
    incomplete ||= nodes.kind[at] === REST;
    if (nodes.first[at] >= 0) {
      for (let span = nodes.first[at]; span <= nodes.last[at]; span++) {
        wanted[nodes.layer[at]].add(span);
      }
    }
  }
  return { wanted, incomplete };
}

function drawSpans(node) {
  const start = node === 0 && data.start;
  const { wanted, incomplete } = start
    ? { wanted: data.start.layers.map(layer => new Set(layer.spans)), incomplete: false }
    : spansBelow(node);
  let fetched = 0, count = 0;
  data.layers.forEach((layer, number) => {
    const bytes = drawStrip(number, wanted[number], start ? data.start.layers[number] : null);
    fetched += bytes;
    count += wanted[number].size;
  });
  const what = start
    ? (data.start.command.length > 0
      ? printable(data.start.command.join(' ')) + ' needs at least ' : 'The listed files need ')
    : pathOf(node) + ' lies in ' + (incomplete ? 'at least ' : '');
  document.getElementById('spans-what').textContent =
    what + counted(count, 'span') + ', ' + size(fetched) + ' of '
    + size(data.image.storedBytes) + ' stored (' + share(fetched, data.image.storedBytes) + ')';
}

function drawStrip(number, wanted, need) {
  const { canvas, text } = canvases[number];
  const layer = data.layers[number];
  const lengths = data.spans[number];
  const pixels = Math.max(200, canvas.clientWidth * (window.devicePixelRatio || 1));
  canvas.width = pixels;
  canvas.height = 18;
  const draw = canvas.getContext('2d');
  const style = getComputedStyle(document.documentElement);
  const total = lengths.reduce((sum, length) => sum + length, 0);
  let bytes = need ? need.storedBytes : 0, at = 0;
  lengths.forEach((length, span) => {
    const width = total === 0 ? 0 : length / total * pixels;
    if (wanted.has(span)) {
      draw.fillStyle = style.getPropertyValue('--accent');
      draw.fillRect(at, 0, Math.max(width, 1.5), 18);
      bytes += need ? 0 : length;
    }
    if (width > 5) {
      draw.fillStyle = style.getPropertyValue('--card');
      draw.fillRect(at + width - 1, 0, 1, 18);
    }
    at += width;
  });
  const whole = lengths.length === 0
    ? (layer.compression === 'absent' ? 'not there' : layer.compression + ', fetched whole') : '';
  text.textContent = whole === ''
    ? wanted.size + ' of ' + counted(lengths.length, 'span') + ', ' + size(bytes) + ' of '
      + size(layer.storedBytes)
    : size(layer.storedBytes) + ', ' + whole;
  canvas.setAttribute('aria-label', 'layer ' + number + ': ' + text.textContent);
  return bytes;
}
