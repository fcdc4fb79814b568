/* control-status.c - The answer to STATUS.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control.h"

#include "../../common/base/encode.h"
#include "../../common/base/tojson.h"


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
  json_t *array = json_array (), *sums = json_object (), *sum;
  unsigned int i;
  json_int_t n;

  for (i = 0; i < REFUSAL_END; i++)
    if (decide->counts[i])
      {
        sum = json_object_get (sums, refusal_text (i));
        n = (json_int_t)decide->counts[i]
          + json_integer_value (json_object_get (sum, "count"));
        if (!sum)
          {
            sum = json_pack ("{ss}", "reason", refusal_text (i));
            json_array_append (array, sum);
            json_object_set_new (sums, refusal_text (i), sum);
          }
        json_object_set_new (sum, "count", json_integer (n));
      }
  json_decref (sums);
  return array;
}


/* What came by each door.  */
static json_t *
describe_doors (const struct decide *decide)
{
  config_t config = decide->config;
  json_t *array = json_array ();
  size_t i;

  for (i = 0; array && i < config->n_doors; i++)
    json_array_append_new (array,
                           json_pack ("{ss sI sI}",
                                      "name", config->door[i].name, "passed",
                                      (json_int_t)decide->door[i].passed,
                                      "by-previous-key",
                                      (json_int_t)decide->door[i].previous));
  return array;
}


/* Who waits after wrong credentials, and how many seconds more.  */
static json_t *
describe_locked (const struct decide *decide)
{
  json_t *array = json_array ();
  unsigned int left;
  const char *user;
  size_t pos = 0;

  while (array && (user = lockout_next (decide->lockout,
                                        clock_seconds (&decide->now), &pos,
                                        &left)))
    json_array_append_new (array, json_pack ("{ss si}", "user", user,
                                             "seconds", (int)left));
  return array;
}


/* What is still open elsewhere, as far as act knows.  */
static json_t *
describe_owed (const struct client *client)
{
  return !client->owed ? json_object ()
    : json_pack ("{sI sI}", "close-commands", (json_int_t)client->owed,
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
  json_int_t checks = decide->checks.n_running;

  replay_get_state (decide->replay, &state);
  encode_hex (decide->config->hash, CONFIG_HASHLEN, hash);
  return json_pack
    ("{ss ss sI ss sb sI sI sI so si sI sI so ss so so so so so sI so so}",
     "host", decide->config->host, "version", PACKAGE_VERSION,
     "since", (json_int_t)decide->since, "config", hash,
     "trial", decide->trial_end != 0, "done", (json_int_t)decide->done,
     "passed", (json_int_t)decide->passed,
     "claims", (json_int_t)state.claims,
     "horizon", tojson_number (state.horizon),
     "workers", (int)decide->config->workers,
     "running", (json_int_t)decide->runs.n,
     "queue", (json_int_t)calls_count (decide->calls),
     "trial-left", describe_trial (decide),
     "health", *decide->health.message ? decide->health.message : "ok",
     "grants", answered ? json_integer (client->grants) : json_null (),
     "owed", answered ? describe_owed (client) : json_null (),
     "clock", control_clock (&state), "replies", describe_replies (decide),
     "doors", describe_doors (decide),
     "checks", checks + decide->checks.n_waiting,
     "locked", describe_locked (decide), "counts", describe_counts (decide));
}
