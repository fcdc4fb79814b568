/* control-status.c - How it stands, in the words of STATUS.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control.h"

#include "../common/encode.h"


json_t *
control_clock (const struct replay_state *state)
{
  if (state->lost)
    return json_string ("lost: the store is not the one that was left;"
                        " all requests are refused until HORIZON --reset");
  if (state->put_back)
    return json_sprintf ("warning: put back by %lld s, more than max-age;"
                         " see posternctl(8), horizon",
                         (long long)state->put_back);
  if (state->floor_left > 0)
    return json_sprintf ("settling: what was signed before the last start or"
                         " step is refused, for %lld s more",
                         (long long)state->floor_left);
  return json_string ("steady");
}


/* By their texts: a flaw of the framing may be found in two places.  */
static json_t *
describe_counts (const struct decide *decide)
{
  json_t *object = json_object ();
  json_int_t n;
  unsigned int i;

  for (i = 0; object && i < REFUSAL_END; i++)
    if (decide->counts[i])
      {
        n = json_integer_value (json_object_get (object, refusal_text (i)));
        n += (json_int_t)decide->counts[i];
        json_object_set_new (object, refusal_text (i), json_integer (n));
      }
  return object;
}


/* What came by each door.  */
static json_t *
describe_doors (const struct decide *decide)
{
  config_t config = decide->config;
  json_t *object = json_object ();
  size_t i;

  for (i = 0; object && i < config->n_doors; i++)
    json_object_set_new (object, config->door[i].name,
                         json_pack ("{sI sI}",
                                    "passed",
                                    (json_int_t)decide->door[i].passed,
                                    "by_previous_key",
                                    (json_int_t)decide->door[i].previous));
  return object;
}


/* Who waits after wrong credentials, and how many seconds more.  */
static json_t *
describe_locked (const struct decide *decide)
{
  json_t *object = json_object ();
  unsigned int left;
  const char *user;
  size_t pos = 0;

  while (object && (user = lockout_next (decide->lockout,
                                         clock_seconds (&decide->now), &pos,
                                         &left)))
    json_object_set_new (object, user, json_integer (left));
  return object;
}


/* What is still open elsewhere, as far as act knows.  */
static json_t *
describe_owed (const struct client *client)
{
  return !client->owed ? json_object ()
    : json_pack ("{sI sI}", "close_commands", (json_int_t)client->owed,
                 "since", (json_int_t)client->owed_since);
}


/* "error" is there while one kind of them cannot be sent.  */
static json_t *
describe_replies (const struct decide *decide)
{
  struct answer_state state;
  json_t *object;

  answer_get_state (decide->answer, &state);
  object = json_pack ("{sI sI}", "sent", (json_int_t)state.sent,
                      "failed", (json_int_t)state.failed);
  if (object && state.err)
    json_object_set_new (object, "error",
                         json_string (gpg_strerror (state.err)));
  return object;
}


/* Seconds until a trial is undone, rounded up.  */
static json_t *
describe_trial (const struct decide *decide)
{
  int64_t left = decide->trial_end - decide->now.boot;

  if (!decide->trial_end)
    return json_null ();
  return json_integer (left > 0 ? (left + CLOCK_SECOND - 1) / CLOCK_SECOND
                       : 0);
}


json_t *
control_status (const struct client *client, bool answered)
{
  const struct decide *decide = client->decide;
  struct replay_state state;
  char hash[2 * CONFIG_HASHLEN + 1];
  json_t *object;

  replay_get_state (decide->replay, &state);
  encode_hex (decide->config->hash, CONFIG_HASHLEN, hash);
  hash[2 * CONFIG_HASHLEN] = 0;
  object = json_pack ("{ss ss sI ss sb sI sI sI sI si sI sI}",
                      "host", decide->config->host,
                      "version", PACKAGE_VERSION,
                      "since", (json_int_t)decide->since,
                      "config", hash, "trial", decide->trial_end != 0,
                      "done", (json_int_t)decide->done,
                      "passed", (json_int_t)decide->passed,
                      "claims", (json_int_t)state.claims,
                      "horizon", (json_int_t)state.horizon,
                      "workers", (int)decide->config->workers,
                      "running", (json_int_t)decide->runs.n,
                      "queue", (json_int_t)pending_count (decide->pending));
  if (!object)
    return NULL;
  json_object_set_new (object, "trial-left", describe_trial (decide));
  json_object_set_new (object, "health", json_string
                       (*decide->health.message ? decide->health.message
                        : "ok"));
  json_object_set_new (object, "grants", answered
                       ? json_integer (client->grants) : json_null ());
  json_object_set_new (object, "owed", answered
                       ? describe_owed (client) : json_null ());
  json_object_set_new (object, "clock", control_clock (&state));
  json_object_set_new (object, "replies", describe_replies (decide));
  json_object_set_new (object, "doors", describe_doors (decide));
  json_object_set_new (object, "checks",
                       json_integer ((json_int_t)decide->checks.n_running
                                     + decide->checks.n_waiting));
  json_object_set_new (object, "locked", describe_locked (decide));
  json_object_set_new (object, "counts", describe_counts (decide));
  return object;
}
