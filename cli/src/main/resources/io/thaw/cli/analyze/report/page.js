// Puts the page together once all of it is there.
function drawSummary() {
  const image = data.image;
  document.getElementById('name').textContent = printable(image.name);
  document.getElementById('identity').textContent = printable(image.platform) + ' · ' + image.manifest;
  const tiles = [
    [size(image.storedBytes), 'stored in ' + counted(data.layers.length, 'layer')],
    [size(image.tarBytes), 'unpacked, all layers'],
    [size(image.fileBytes), 'in ' + counted(image.files, 'file') + ' a container sees'],
    [size(image.hiddenBytes), 'in ' + counted(image.hiddenFiles, 'file') + ' later layers hide'],
    [size(image.duplicateBytes), 'in ' + counted(image.duplicateFiles, 'copy').replace(/ys$/, 'ies')
      + ' of other files'],
  ];
  if (data.start) {
    const bytes = data.start.layers.reduce((sum, layer) => sum + layer.storedBytes, 0);
    tiles.push([size(bytes), 'at least, to start: ' + share(bytes, image.storedBytes) + ' of the image']);
  }
  document.getElementById('tiles').replaceChildren(...tiles.map(([figure, what]) =>
    element('div', { class: 'tile' }, element('b', {}, figure), element('span', {}, what))));
  const notes = [...data.notes, ...(data.start ? data.start.notes : [])];
  document.getElementById('notes').hidden = notes.length === 0;
  document.getElementById('note-list').replaceChildren(
    ...notes.map(note => element('li', {}, printable(note))));
}

function setTheme(dark) {
  document.documentElement.classList.toggle('dark', dark);
  document.getElementById('theme').textContent = dark ? 'Light' : 'Dark';
}

const choice = document.getElementById('colour');
choice.append(...meanings.map(found => element('option', { value: found.id }, found.title)));
choice.addEventListener('change', () => recolour(choice.value));
document.getElementById('theme').addEventListener('click', () => {
  setTheme(!document.documentElement.classList.contains('dark'));
  drawSpans(shown);
});
setTheme(window.matchMedia('(prefers-color-scheme: dark)').matches);
drawSummary();
drawLegend();
show(0, false);
drawTabs();
drawList();
let resizing = 0;
window.addEventListener('resize', () => {
  cancelAnimationFrame(resizing);
  resizing = requestAnimationFrame(() => {
    drawMap();
    drawSpans(shown);
  });
});
