// The README's tour with a client generated from the OpenAPI document alone: an error in the document does not compile, or
// fails here.   node tour.js URL LOGINS_FILE
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import createClient from 'openapi-fetch';
import type { components, paths } from './api.js';

const [baseUrl = '', loginsFile = ''] = process.argv.slice(2);
const passwords = new Map(
  readFileSync(loginsFile, 'utf8').split('\n').map((line) => line.split(/\s+/, 2) as [string, string]),
);

function password(login: string): string {
  const found = passwords.get(login);
  assert(found, `${login} has no password in ${loginsFile}`);
  return found;
}

/** The answer of a request that must succeed. */
function given<T>(answer: { data?: T; error?: unknown; response: Response }): T {
  assert(answer.response.ok, `${answer.response.url}: ${answer.response.status} ${JSON.stringify(answer.error)}`);
  return answer.data as T;
}

async function signIn(body: components['schemas']['TokenRequest']) {
  const open = createClient<paths>({ baseUrl });
  const tokens = given(await open.POST('/api/security/auth/token', { body }));
  return createClient<paths>({ baseUrl, headers: { Authorization: `Bearer ${tokens.accessToken}` } });
}

const user = (login: string) => signIn({ username: login, password: password(login) });

async function workADay() {
  const mechanic = await user('demo.mechanic');
  const me = given(await mechanic.GET('/api/security/me'));
  assert.equal(me.user.username, 'demo.mechanic');
  const shops = given(await mechanic.GET('/api/people/locations', { params: { query: { pageSize: 5 } } }));
  const shop = shops.items[0];
  assert(shop);

  const body = { locationId: shop.locationId };
  const header = { 'Idempotency-Key': 'tour-1' };
  const first = given(await mechanic.POST('/api/people/me/clock-in', { params: { header }, body }));
  const again = await mechanic.POST('/api/people/me/clock-in', { params: { header }, body });
  assert.deepEqual(given(again), first);
  assert.equal(again.response.headers.get('Idempotency-Replayed'), 'true');
  const twice = await mechanic.POST('/api/people/me/clock-in', { body });
  assert.equal(twice.response.status, 409);
  assert.equal(twice.error?.code, 'ALREADY_CLOCKED_IN');

  const started = given(await mechanic.POST('/api/people/me/breaks/start', { body: { breakType: 'MEAL' } }));
  assert.equal(started.status, 'IN_PROGRESS');
  const manager = await user('demo.manager');
  const path = { id: shop.locationId };
  const present = given(await manager.GET('/api/people/locations/{id}/on-the-clock', { params: { path } }));
  assert(present.items.some((one) => one.personId === me.person.personId));

  const out = given(await mechanic.POST('/api/people/me/clock-out'));
  assert.equal(out.autoEndedBreak?.endReason, 'AUTO_ENDED_AT_CLOCKOUT');
  const timecard = given(await mechanic.GET('/api/people/me/timecard'));
  assert.equal(timecard.suggestedBreakType, 'MEAL');
  return shop;
}

async function letSomebodyIn(shop: components['schemas']['Location']) {
  const admin = await user('demo.admin');
  const nina = given(await admin.POST('/api/people/persons', { body: { firstName: 'Nina', lastName: 'Novak' } }));
  const provisioned = given(
    await admin.POST('/api/security/users/provision', {
      body: { personId: nina.personId, username: 'nina', password: 'correct horse battery' },
    }),
  );
  const roles = given(await admin.GET('/api/security/roles', { params: { query: { pageSize: 100 } } }));
  const mechanic = roles.items.find((role) => role.roleName === 'MECHANIC');
  assert(mechanic);
  const assignment = given(
    await admin.POST('/api/people/role-assignments', {
      body: {
        userId: provisioned.userId,
        roleId: mechanic.roleId,
        scopeType: 'LOCATION',
        locationId: shop.locationId,
        effectiveStartDate: '2026-01-01T00:00:00Z',
      },
    }),
  );

  const pos = await signIn({ grantType: 'client_credentials', clientId: 'demo.pos', clientSecret: password('demo.pos') });
  const question = { userId: provisioned.userId, permission: 'timekeeping:timecard:record' };
  const may = async (where: { locationId?: string }) =>
    given(await pos.POST('/internal/authz/decisions', { body: { ...question, ...where } })).decision;
  assert.equal(await may({ locationId: shop.locationId }), 'ALLOW');
  assert.equal(await may({}), 'DENY');
  const path = { assignmentId: assignment.assignmentId };
  given(await admin.POST('/api/people/role-assignments/{assignmentId}/end', { params: { path }, body: { reasonCode: 'TOUR' } }));
  assert.equal(await may({ locationId: shop.locationId }), 'DENY');

  const disabled = given(
    await admin.POST('/api/people/users/{userId}/disable', {
      params: { path: { userId: provisioned.userId } },
      body: { statusReasonCode: 'RESIGNATION' },
    }),
  );
  assert.equal(disabled.user.status, 'DISABLED');
}

async function lookInto() {
  const auditor = await user('demo.auditor');
  const entries = given(await auditor.GET('/api/audit/entries', { params: { query: { pageSize: 5 } } }));
  assert(entries.items.length > 0);
  const operator = await user('demo.operator');
  const tree = given(await operator.GET('/api/ops/supervision'));
  assert(tree.children.length > 0);
}

const shop = await workADay();
await letSomebodyIn(shop);
await lookInto();
console.log('client: the tour ends where it should');
