/* SPDX-License-Identifier: BSD-2-Clause */
/* Recovery codes of a B2B project. */
import assert from "node:assert/strict";

import { newMember, newMemberLogin, newOrganization, totpCode, unknownId } from "./state.mjs";

/* A member with a used TOTP and a session: { request, session_token, recovery_codes }. */
async function newTotpLogin(world) {
  const { organization_id, member_id, session_token } = await newMemberLogin(world);
  const request = { organization_id, member_id };
  const { secret, recovery_codes } = await world.b2b.totps.create({ ...request, session_token });
  await world.b2b.totps.authenticate({ ...request, session_token, code: await totpCode(world, secret) });
  return { request, session_token, recovery_codes };
}

/* A member who has no TOTP. */
async function newBare(world) {
  const { organization_id, member_id } = await newMember(world, await newOrganization(world));
  return { organization_id, member_id };
}

export default {
  async "a recovery code is a second factor, once"(world) {
    const { request, session_token, recovery_codes } = await newTotpLogin(world);
    const [recovery_code] = recovery_codes;
    const { recover } = world.b2b.recoveryCodes;
    const call = recover.bind(world.b2b.recoveryCodes, { ...request, session_token, recovery_code });
    const reply = await call();

    assert.equal(reply.recovery_codes_remaining, 9);
    assert.ok(reply.member_session.authentication_factors.some((factor) => factor.type === "recovery_codes"));
    await world.refused("unable_to_authenticate_recovery_code", call());
  },

  async "a code of another form is no recovery code"(world) {
    const { request, session_token } = await newTotpLogin(world);
    const call = (recovery_code) => world.b2b.recoveryCodes.recover({ ...request, session_token, recovery_code });
    await world.refused("invalid_recovery_code", call("a1b2"));
    await world.refused("totp_code_used_as_recovery_code", call("123456"));
  },

  async "recovery codes are read back"(world) {
    const { request, recovery_codes } = await newTotpLogin(world);
    const reply = await world.b2b.recoveryCodes.get(request);
    assert.deepEqual(reply.recovery_codes, recovery_codes);
  },

  async "rotated codes replace the old ones"(world) {
    const { request, session_token, recovery_codes } = await newTotpLogin(world);
    const rotated = await world.b2b.recoveryCodes.rotate(request);

    assert.equal(rotated.recovery_codes.length, 10);
    assert.ok(!rotated.recovery_codes.includes(recovery_codes[0]));
    await world.refused(
      "unable_to_authenticate_recovery_code",
      world.b2b.recoveryCodes.recover({ ...request, session_token, recovery_code: recovery_codes[0] }),
    );
  },

  async "without a TOTP there are no recovery codes"(world) {
    const bare = await newBare(world);
    const { recoveryCodes } = world.b2b;
    await world.refused("recovery_codes_not_found", recoveryCodes.get(bare));
    await world.refused("no_active_recovery_code_backed_factor", recoveryCodes.rotate(bare));
    const unknown = { ...bare, member_id: unknownId("member") };
    await world.refused("member_not_found", recoveryCodes.get(unknown));
    await world.refused("member_not_found", recoveryCodes.rotate(unknown));
  },
};
