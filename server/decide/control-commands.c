/* control-commands.c - What the control socket can be asked.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../../common/base/lines.h"
#include "../../common/base/log.h"
#include "../../common/base/tojson.h"
#include "control-words.h"
#include "decide-parts.h"


static json_t *
describe_horizon (const struct decide *decide)
{
  struct replay_state state;

  replay_get_state (decide->replay, &state);
  return json_pack ("{so so sI sI sI si si so}",
                    "horizon", tojson_number (state.horizon),
                    "let-go", tojson_number (state.let_go),
                    "claims", (json_int_t)state.claims,
                    "newest", (json_int_t)state.newest,
                    "claims-keep", (json_int_t)decide->config->claims_keep,
                    "max-age", (int)decide->config->max_age,
                    "max-ahead", (int)decide->config->max_ahead,
                    "clock", control_clock (&state));
}


static gpg_error_t
reset_horizon (struct decide *decide)
{
  gpg_error_t err = replay_reset (decide->replay);

  if (err)
    return err;
  log_warn ("the horizon was reset");
  audit_event (decide->audit, &decide->now, "control",
               "the horizon was reset by hand");
  return 0;
}


/* For a TIME it also says whether a request signed then is refused.  */
static gpg_error_t
cmd_horizon (struct client *client, char *args, const char **r_why)
{
  struct decide *decide = client->decide;
  const char *word = next_word (&args);
  bool reset = word && !strcmp (word, "--reset");
  unsigned long long time = 0;
  gpg_error_t err;
  json_t *answer;

  if (next_word (&args)
      || (word && !reset && lines_take_number (word, strlen (word),
                                               LINES_MAX_TIME, &time)))
    return bad_argument (r_why);
  err = reset ? reset_horizon (decide) : 0;
  if (err)
    return err;
  replay_look (decide->replay, &decide->now);
  answer = describe_horizon (decide);
  if (word && !reset)
    json_object_set_new (answer, "refused",
                         json_boolean (replay_is_behind (decide->replay,
                                                         time)));
  return control_send (client, answer);
}


static void
note_unlock (struct decide *decide, const char *user)
{
  const struct config_user *known = config_user_by_name (decide->config,
                                                         user);
  struct audit_row row = { .time = clock_seconds (&decide->now),
                           .result = "event", .stage = "control",
                           .reason = "a person was unlocked by hand",
                           .user = known ? known->name : NULL };

  log_info ("%s was unlocked by hand", user);
  snprintf (row.detail, sizeof row.detail, "%s", user);
  audit_put (decide->audit, &row);
}


static gpg_error_t
cmd_unlock (struct client *client, char *args, const char **r_why)
{
  struct decide *decide = client->decide;
  const char *user = next_word (&args);

  if (!user || next_word (&args)
      || !netspec_name_valid (user, strlen (user)))
    return bad_argument (r_why);
  if (!lockout_clear (decide->lockout, user))
    {
      *r_why = "this person has given no wrong credential lately";
      return gpg_error (GPG_ERR_NOT_FOUND);
    }
  note_unlock (decide, user);
  return 0;
}


/* For posternctl explain: was this request claimed?  */
static gpg_error_t
cmd_claim (struct client *client, char *args, const char **r_why)
{
  const char *word = next_word (&args);
  unsigned char hash[REQUEST_HASHLEN];
  gpg_error_t err;
  bool found;

  if (!word || next_word (&args)
      || decode_hex (word, strlen (word), hash, sizeof hash))
    return bad_argument (r_why);
  err = store_find (client->decide->store, hash, &found);
  return err ? err : control_send (client, json_pack ("{sb}", "claimed",
                                                      found));
}


/* ARGS must be N numbers.  */
static bool
take_numbers (char *args, unsigned long long *numbers, unsigned int n)
{
  const char *word;

  for (; n--; numbers++)
    if (!(word = next_word (&args))
        || decode_decimal (word, strlen (word), UINT64_MAX, numbers))
      return false;
  return !next_word (&args);
}


/* Whether a request that the key FPR signed at TIME is refused because its
   person changed after that.  The caller says that the key has been in STATE
   since CHANGED.  */
static gpg_error_t
cmd_since (struct client *client, char *args, const char **r_why)
{
  struct decide *decide = client->decide;
  const char *fpr = next_word (&args);
  const struct config_user *user;
  unsigned long long number[3];

  if (!fpr || !netspec_fpr_valid (fpr, strlen (fpr))
      || !take_numbers (args, number, 3)
      || number[0] > LINES_MAX_TIME)
    return bad_argument (r_why);
  user = config_user_by_fpr (decide->config, fpr);
  return control_send (client, json_pack ("{sb}", "refused", user
                                          && since_would_refuse
                                          (decide->people, user, number[1],
                                           number[2], number[0],
                                           &decide->now)));
}


static void
take_reloaded (void *hook, const struct calls_answer *answer)
{
  struct client *client = hook;

  if (answer->type == PACKET_RELOADED && *answer->u.reloaded.message)
    control_answer (client, gpg_error (GPG_ERR_CONFIGURATION),
                    answer->u.reloaded.message);
  else if (answer->type)
    control_answer (client, 0, NULL);
  else
    control_answer (client, gpg_error (GPG_ERR_TIMEOUT),
                    "posternd does not answer");
}


/* KEEP, RELOAD and SETTLED: posternd does it, or knows.  */
static gpg_error_t
ask_parent (struct client *client, char *args, enum packet_type type,
            const char **r_why)
{
  if (next_word (&args))
    return bad_argument (r_why);
  return control_ask (client, client->decide->fd_parent, type, NULL,
                      take_reloaded, r_why);
}


static gpg_error_t
cmd_pending (struct client *client, char *args, const char **r_why)
{
  struct decide *decide = client->decide;
  gpg_error_t err = 0;
  char *line;
  size_t i;

  if (next_word (&args))
    return bad_argument (r_why);
  for (i = 0; !err && i < approvals_count (decide->approvals); i++)
    {
      line = tell_pending_json (decide,
                                  approvals_get (decide->approvals, i));
      err = line ? control_send_line (client, line)
        : gpg_error (GPG_ERR_ENOMEM);
      free (line);
    }
  return err;
}


/* Root can end a pending request, but not approve it.  */
static gpg_error_t
cmd_deny (struct client *client, char *args, const char **r_why)
{
  struct decide *decide = client->decide;
  const char *id = next_word (&args);
  struct pending *pending;
  gpg_error_t err;

  if (!id || next_word (&args) || strlen (id) > 2 * REQUEST_HASHLEN
      || strspn (id, "0123456789abcdef") != strlen (id))
    return bad_argument (r_why);
  err = approvals_find_prefix (decide->approvals, id, &pending);
  if (err)
    {
      *r_why = gpg_err_code (err) == GPG_ERR_AMBIGUOUS_NAME
        ? "several pending requests have that ID; give more digits"
        : "no pending request has that ID";
      return err;
    }
  err = pending_end (decide, pending, REFUSAL_DENIED, "root");
  if (err)
    *r_why = "its end cannot be stored, and so it is still pending";
  return err;
}


static gpg_error_t
cmd_keep (struct client *client, char *args, const char **r_why)
{
  if (next_word (&args))
    return bad_argument (r_why);
  if (!client->decide->trial_end)
    {
      *r_why = "this posternd is not on trial: nothing would be undone";
      return gpg_error (GPG_ERR_NOT_FOUND);
    }
  return ask_parent (client, args, PACKET_KEEP, r_why);
}


static gpg_error_t
cmd_reload (struct client *client, char *args, const char **r_why)
{
  return ask_parent (client, args, PACKET_RELOAD, r_why);
}


static gpg_error_t
cmd_settled (struct client *client, char *args, const char **r_why)
{
  return ask_parent (client, args, PACKET_SETTLED, r_why);
}


const struct control_command control_commands[] =
  {
    { "STATUS", control_list_status, "" },
    { "GRANTS", control_list_grants, "" },
    { "CLOSE", control_close, "[--user=NAME] [ID | --all]" },
    { "AUDIT", control_audit, "[--after=ROW] [--limit=N] [--last=N]"
      " [--since=T] [--until=T] [--user=NAME] [--source=ADDRESS] [--result=R]"
      " [--host=NAME]" },
    { "CHAIN", control_chain, "[--after=SEQ]" },
    { "LASTSEEN", control_lastseen, "[--user=NAME]" },
    { "BAR", control_bar, "--user=NAME --fpr=FPR" },
    { "REVOKE", control_revoke, "--user=NAME [--fpr=FPR] [--by=WHO]"
      " [--why=TEXT]" },
    { "NOTE", control_put_note, "--user=NAME --action=ACTION [--fpr=FPR]"
      " [--by=WHO] [--why=TEXT]" },
    { "HORIZON", cmd_horizon, "[--reset|TIME]" },
    { "UNLOCK", cmd_unlock, "NAME" },
    { "CLAIM", cmd_claim, "HASH" },
    { "SINCE", cmd_since, "FPR TIME STATE CHANGED" },
    { "PENDING", cmd_pending, "" },
    { "DENY", cmd_deny, "ID" },
    { "KEEP", cmd_keep, "" },
    { "RELOAD", cmd_reload, "" },
    { "SETTLED", cmd_settled, "" },
    { NULL, NULL, NULL }
  };
