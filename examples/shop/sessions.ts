import { randomUUID } from 'node:crypto';
import { Cart } from './cart.js';
import type { Catalogue, Product } from './catalogue.js';

interface View {
  readonly at: number;
  readonly page: string;
}

const VIEWS_KEPT = 20;

export class Session {
  readonly id: string = randomUUID();
  readonly cart = new Cart();
  readonly #views: View[] = [];
  pricesChanged = 0;

  /** Keeps the page as it was shown, so that the visitor finds it again. */
  see(product: Product): void {
    const page = `<h1>${product.name}</h1><p>${product.description}</p>`.repeat(8);
    this.#views.push({ at: Date.now(), page });
    if (this.#views.length > VIEWS_KEPT) this.#views.shift();
  }

  get viewed(): number {
    return this.#views.length;
  }
}

/** Planted fault: a session is never let go, and each leaves a listener on the catalogue. */
export class SessionStore {
  readonly #catalogue: Catalogue;
  readonly #sessions = new Map<string, Session>();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The visitor's session, or a new one. */
  open(id: string | undefined): Session {
    const known = id === undefined ? undefined : this.#sessions.get(id);
    return known ?? this.#create();
  }

  get size(): number {
    return this.#sessions.size;
  }

  #create(): Session {
    const session = new Session();
    this.#sessions.set(session.id, session);
    this.#catalogue.on('price', () => {
      session.pricesChanged += 1;
    });
    // The page of the first product comes with the welcome.
    for (const product of this.#catalogue.list(3)) session.see(product);
    return session;
  }
}
