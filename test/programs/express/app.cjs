const express = require('express');

const app = express();
const notes = new Map([[1, { id: 1, text: 'first' }]]);

function findNote(id) {
  return notes.get(Number(id));
}

app.use(express.json());
app.get('/', (_request, response) => response.send('express'));
app.get('/notes/:id', (request, response) => {
  const note = findNote(request.params.id);
  if (note) response.json(note);
  else response.sendStatus(404);
});
app.post('/notes', (request, response) => {
  const note = { id: notes.size + 1, text: String(request.body.text) };
  notes.set(note.id, note);
  response.status(201).json(note);
});

const server = app.listen(Number(process.env.PORT), '127.0.0.1', () => {
  console.log(`ready ${server.address().port}`);
});
