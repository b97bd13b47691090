// A visitor's page without a browser: says in a line each that it is connected, and what it shows.

import { createChatEngine } from '../../clients/js/usher-chat.js';

const [url, token] = process.argv.slice(2);
const engine = createChatEngine({ url, token });
engine.on('connected', () => console.log('connected'));
engine.on('receivedCustomMessage', text => console.log(`shown ${text}`));
engine.on('errorOccurs', error => console.log(`trouble ${error.code}`));
engine.startChat();
