// The map: squarified (Bruls, Huizing and van Wijk, 2000), directories as frames around their
// content, as deep as there is room.
const map = document.getElementById('map');
const tip = document.getElementById('tip');
const MAX_DEPTH = 5, HEADER = 17, MAX_ELEMENTS = 2500;
let shown = 0;
let meaning = meanings[0];
let colouring = coloursFor(meaning);
let tileOf = new Map();

// Cuts a rectangle into one for each node, in their order, areas as their bytes.
function squarify(list, x, y, width, height, place) {
  let total = list.reduce((sum, node) => sum + nodes.bytes[node], 0);
  let start = 0;
  while (start < list.length && total > 0 && width > 0 && height > 0) {
    const scale = width * height / total, side = Math.min(width, height);
    let end = start, area = 0, worst = Infinity;
    while (end < list.length) {
      const more = area + nodes.bytes[list[end]] * scale;
      const largest = nodes.bytes[list[start]] * scale, smallest = nodes.bytes[list[end]] * scale;
      const ratio = Math.max(side * side * largest / (more * more),
        more * more / (side * side * smallest));
      if (end > start && !(ratio <= worst)) {
        break;
      }
      worst = ratio;
      area = more;
      end++;
    }
    const depth = area / side, across = width >= height;
    let along = across ? y : x;
    for (let i = start; i < end; i++) {
      const length = area > 0 ? nodes.bytes[list[i]] * scale / depth : 0;
      place(list[i], across ? x : along, across ? along : y,
        across ? depth : length, across ? length : depth);
      along += length;
      total -= nodes.bytes[list[i]];
    }
    if (across) {
      x += depth;
      width -= depth;
    } else {
      y += depth;
      height -= depth;
    }
    start = end;
  }
}

function describe(node) {
  const parts = [size(nodes.bytes[node]), share(nodes.bytes[node], nodes.bytes[0]) + ' of all files'];
  if (nodes.kind[node] === DIRECTORY) {
    parts.push(counted(nodes.files[node], 'file'));
  } else if (nodes.kind[node] === FILE) {
    parts.push('layer ' + nodes.layer[node]);
    const owner = packageText(nodes.package[node]);
    parts.push(owner === '' ? 'no package' : owner);
    if (needed.has(node)) {
      parts.push('needed to start');
    }
  }
  return parts.join(' · ');
}

function tile(node, x, y, width, height, nested) {
  const directory = nodes.kind[node] === DIRECTORY;
  const made = document.createElement('div');
  made.className = 'node ' + (nested ? 'dir' : 'leaf k' + colouring.colours[node])
    + (directory ? ' openable' : '') + (nodes.kind[node] === REST ? ' rest' : '');
  made.dataset.node = node;
  made.setAttribute('role', directory ? 'button' : 'img');
  made.setAttribute('aria-label', pathOf(node) + ', ' + describe(node));
  made.tabIndex = -1;
  made.style.left = x + 'px';
  made.style.top = y + 'px';
  made.style.width = Math.max(1, width - 1) + 'px';
  made.style.height = Math.max(1, height - 1) + 'px';
  if (width > 34 && height > 14) {
    const label = document.createElement('span');
    label.className = 'label';
    label.append(nameOf(node) + (directory && node !== 0 ? '/' : ''));
    if (nested || height > 32) {
      const bytes = document.createElement('small');
      bytes.append((nested ? '  ' : '') + size(nodes.bytes[node]));
      label.append(nested ? '' : document.createElement('br'), bytes);
    }
    made.append(label);
  }
  tileOf.set(node, made);
  return made;
}

function drawMap() {
  const made = document.createDocumentFragment();
  tileOf = new Map();
  const fill = (node, x, y, width, height, depth) => {
    squarify(children[node], x, y, width, height, (child, cx, cy, cw, ch) => {
      if (cw < 1.5 || ch < 1.5 || tileOf.size >= MAX_ELEMENTS) {
        return;
      }
      const nested = nodes.kind[child] === DIRECTORY && children[child].length > 0
        && nodes.bytes[child] > 0 && depth < MAX_DEPTH && cw > 46 && ch > 40;
      made.append(tile(child, cx, cy, cw, ch, nested));
      if (nested) {
        fill(child, cx + 2, cy + HEADER, cw - 5, ch - HEADER - 3, depth + 1);
      }
    });
  };
  fill(shown, 0, 0, map.clientWidth, map.clientHeight, 0);
  map.replaceChildren(made);
  const first = map.querySelector('.node');
  if (first) {
    first.tabIndex = 0;
  } else {
    map.append(element('p', { class: 'card' }, 'Nothing here has any bytes.'));
  }
}

function drawCrumbs() {
  const trail = [];
  for (let at = shown; at > 0; at = nodes.parent[at]) {
    trail.unshift(at);
  }
  trail.unshift(0);
  document.getElementById('crumbs').replaceChildren(...trail.map((node, i) => {
    const crumb = element('button', { type: 'button' }, node === 0 ? '/' : nameOf(node) + '/');
    if (i === trail.length - 1) {
      crumb.setAttribute('aria-current', 'location');
    }
    crumb.addEventListener('click', () => show(node, false));
    return crumb;
  }));
}

function drawLegend() {
  const bytes = new Map();
  for (let node = 1; node < nodeCount; node++) {
    if (nodes.kind[node] === FILE) {
      const label = meaning.of(node);
      bytes.set(label, (bytes.get(label) ?? 0) + nodes.bytes[node]);
    }
  }
  const labels = [...bytes.keys()].filter(label => bytes.get(label) > 0).sort((a, b) => a - b);
  document.getElementById('legend').replaceChildren(...labels.slice(0, 24).map(label => {
    const swatch = element('i', { class: 'k' + colouring.colourOf(label) });
    return element('li', {}, swatch, meaning.labels[label] + ' ' + size(bytes.get(label)));
  }));
}

// Shows a directory; with `focus` the keyboard goes to its largest tile.
function show(node, focus) {
  shown = node;
  tip.hidden = true;
  drawCrumbs();
  drawMap();
  document.getElementById('detail').textContent = pathOf(node) + ': ' + describe(node);
  drawSpans(node);
  if (focus) {
    map.querySelector('.node')?.focus();
  }
}

function recolour(id) {
  meaning = meanings.find(found => found.id === id);
  colouring = coloursFor(meaning);
  drawLegend();
  drawMap();
}

function directoryAt(node) {
  return nodes.kind[node] === DIRECTORY ? node : nodes.parent[node];
}

// A click inside a frame opens the directory, below the one shown, that was clicked at: one level
// for a file, itself for a directory.
map.addEventListener('click', event => {
  const at = event.target.closest('.node');
  if (at) {
    const node = Number(at.dataset.node);
    const target = directoryAt(node);
    if (target !== shown) {
      show(target, false);
    } else {
      drawSpans(node);
    }
  }
});

map.addEventListener('pointermove', event => {
  const at = event.target.closest('.node');
  tip.hidden = !at;
  if (!at) {
    return;
  }
  const node = Number(at.dataset.node);
  tip.replaceChildren(element('b', {}, pathOf(node)), describe(node));
  const left = Math.min(event.clientX + 14, window.innerWidth - tip.offsetWidth - 8);
  const below = event.clientY + 18;
  tip.style.left = Math.max(4, left) + 'px';
  tip.style.top = (below + tip.offsetHeight > window.innerHeight
    ? event.clientY - tip.offsetHeight - 10 : below) + 'px';
});
map.addEventListener('pointerleave', () => { tip.hidden = true; });

function focusTile(made) {
  if (made) {
    map.querySelectorAll('[tabindex="0"]').forEach(old => { old.tabIndex = -1; });
    made.tabIndex = 0;
    made.focus();
    const node = Number(made.dataset.node);
    document.getElementById('detail').textContent = pathOf(node) + ': ' + describe(node);
  }
}

// Left and right walk through what lies beside, down into a frame, up out of it.
map.addEventListener('keydown', event => {
  const at = event.target.closest('.node');
  const node = at ? Number(at.dataset.node) : shown;
  const beside = children[nodes.parent[node]]?.filter(other => tileOf.has(other)) ?? [];
  const place = beside.indexOf(node);
  const actions = {
    ArrowRight: () => focusTile(tileOf.get(beside[Math.min(place + 1, beside.length - 1)])),
    ArrowLeft: () => focusTile(tileOf.get(beside[Math.max(place - 1, 0)])),
    ArrowDown: () => focusTile(tileOf.get(children[node].find(child => tileOf.has(child)))),
    ArrowUp: () => focusTile(tileOf.get(nodes.parent[node])),
    Enter: () => show(directoryAt(node), true),
    ' ': () => show(directoryAt(node), true),
    Escape: () => show(Math.max(0, nodes.parent[shown]), true),
    Backspace: () => show(Math.max(0, nodes.parent[shown]), true),
  };
  if (actions[event.key]) {
    event.preventDefault();
    actions[event.key]();
  }
});
