import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Catalogue } from './catalogue.js';
import type { OrderService } from './orders.js';
import type { Pricing } from './pricing.js';
import { LONGEST_TERM, search } from './search.js';
import type { Session, SessionStore } from './sessions.js';

export interface Shop {
  readonly catalogue: Catalogue;
  readonly pricing: Pricing;
  readonly orders: OrderService;
  readonly sessions: SessionStore;
}

const SESSION_HEADER = 'x-session';

/** Errors of the shop itself, by name, and what they mean to a client. */
const statusByError: Record<string, number> = {
  CartError: 400,
  CouponError: 400,
  SearchError: 400,
  OutOfStock: 409,
  PaymentRefused: 402,
};

export function addRoutes(app: FastifyInstance, shop: Shop): void {
  const visit = (request: FastifyRequest, reply: FastifyReply): Session => {
    const id = request.headers[SESSION_HEADER];
    const session = shop.sessions.open(typeof id === 'string' ? id : undefined);
    reply.header(SESSION_HEADER, session.id);
    return session;
  };

  app.setErrorHandler<Error & { statusCode?: number }>((error, _request, reply) => {
    const status = statusByError[error.name] ?? error.statusCode ?? 500;
    return reply.code(status).send({ error: error.message });
  });

  app.get('/', async () => ({
    shop: 'Remora example shop',
    routes: [
      '/products',
      '/products/:sku',
      '/search?q=',
      '/cart',
      '/cart/items',
      '/cart/coupon',
      '/orders',
      '/health',
    ],
  }));
  app.get('/health', async () => ({
    ok: true,
    products: shop.catalogue.size,
    sessions: shop.sessions.size,
    orders: shop.orders.count,
  }));
  addCatalogueRoutes(app, shop, visit);
  addCartRoutes(app, shop, visit);
  addOrderRoutes(app, shop, visit);
}

type Visit = (request: FastifyRequest, reply: FastifyReply) => Session;

function addCatalogueRoutes(app: FastifyInstance, { catalogue }: Shop, visit: Visit): void {
  const limit = { type: 'integer', minimum: 1, maximum: 100, default: 20 };
  const term = { type: 'string', minLength: 1, maxLength: LONGEST_TERM };

  app.get<{ Querystring: { limit: number } }>(
    '/products',
    { schema: { querystring: { type: 'object', properties: { limit } } } },
    async (request) => catalogue.list(request.query.limit),
  );

  app.get<{ Params: { sku: string } }>('/products/:sku', async (request, reply) => {
    const session = visit(request, reply);
    const product = catalogue.find(request.params.sku);
    if (!product) return reply.code(404).send({ error: `nothing is sold as ${request.params.sku}` });
    session.see(product);
    return product;
  });

  app.get<{ Querystring: { q: string } }>(
    '/search',
    { schema: { querystring: { type: 'object', required: ['q'], properties: { q: term } } } },
    async (request) => search(catalogue, request.query.q),
  );
}

function addCartRoutes(app: FastifyInstance, { catalogue, pricing }: Shop, visit: Visit): void {
  app.get('/cart', async (request, reply) => {
    const { cart, viewed } = visit(request, reply);
    return { lines: cart.lines, coupon: cart.coupon, viewed, quote: await pricing.quote(cart, 'DE') };
  });

  const item = {
    type: 'object',
    required: ['sku'],
    properties: {
      sku: { type: 'string' },
      quantity: { type: 'integer', minimum: 1, maximum: 10, default: 1 },
    },
  };
  app.post<{ Body: { sku: string; quantity: number } }>(
    '/cart/items',
    { schema: { body: item } },
    async (request, reply) => {
      const { cart } = visit(request, reply);
      cart.add(catalogue, request.body.sku, request.body.quantity);
      return { lines: cart.lines };
    },
  );

  const coupon = {
    type: 'object',
    required: ['code'],
    properties: { code: { type: 'string', minLength: 1, maxLength: 20 } },
  };
  app.post<{ Body: { code: string } }>(
    '/cart/coupon',
    { schema: { body: coupon } },
    async (request, reply) => {
      const { cart } = visit(request, reply);
      cart.coupon = request.body.code;
      return { coupon: cart.coupon };
    },
  );
}

function addOrderRoutes(app: FastifyInstance, { orders }: Shop, visit: Visit): void {
  const order = {
    type: 'object',
    required: ['email'],
    properties: {
      email: { type: 'string', minLength: 3, maxLength: 100 },
      country: { type: 'string', enum: ['DE', 'FR', 'NL'], default: 'DE' },
    },
  };
  app.post<{ Body: { email: string; country: string } }>(
    '/orders',
    { schema: { body: order } },
    async (request, reply) => {
      const { cart } = visit(request, reply);
      if (cart.isEmpty) return reply.code(400).send({ error: 'the cart is empty' });
      const started = performance.now();
      const placed = await orders.place(cart, request.body.email, request.body.country);
      reply.header('server-timing', `place;dur=${(performance.now() - started).toFixed(3)}`);
      cart.clear();
      return reply.code(201).send(placed);
    },
  );

  app.get<{ Params: { id: string } }>('/orders/:id', async (request, reply) => {
    const found = orders.find(Number(request.params.id));
    return found ?? reply.code(404).send({ error: `no order ${request.params.id}` });
  });
}
