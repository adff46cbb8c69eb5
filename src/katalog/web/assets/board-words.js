// What the board says, beside sv.js and en.js.

export const sv = {
  "board-lost": (time) => `Ingen kontakt sedan ${time}. Det som visas kan vara gammalt.`,
  "board-refused": "Länken gäller inte längre. Gör en ny med en nyckel som bara får läsa.",
  "board-may-change": "Länkens nyckel får ändra. Gör en ny som bara får läsa: alla kommer åt en vägg.",
  "board-nobody": "Ingen på den här avdelningen",
};

export const en = {
  "board-lost": (time) => `No contact since ${time}. What is shown may be old.`,
  "board-refused": "The link no longer holds. Make a new one with a token that may only read.",
  "board-may-change": "The link's token may make changes. Make a new one that may only read: everybody reaches a wall.",
  "board-nobody": "Nobody in this department",
};
