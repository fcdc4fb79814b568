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
describe_grant (const struct packet_listed *listed, uint64_t now)
{
  const struct packet_grant *grant = &listed->grant;
  char hex[2 * REQUEST_HASHLEN + 1], id[REQUEST_SHORTLEN + 1];
  char addr[NETSPEC_ADDRSTRLEN];

  encode_hex (grant->request, REQUEST_HASHLEN, hex);
  hex[2 * REQUEST_HASHLEN] = 0;
  memcpy (id, hex, REQUEST_SHORTLEN);
  id[REQUEST_SHORTLEN] = 0;
  return json_pack ("{ss ss ss ss ss so so sb sI sI sI}",
                    "id", id, "request", hex, "user", grant->user,
                    "rule", grant->rule,
                    "address", netspec_addr_print (&grant->addr, addr),
                    "ports", tojson_ports (&grant->ports),
                    "bind", tojson_number (grant->bind),
                    "once", (int)grant->once,
                    "since", (json_int_t)listed->since,
                    "until", (json_int_t)listed->until,
                    "left", (json_int_t)(listed->until > now
                                         ? listed->until - now : 0));
}


/* The end of a list: of STATUS that is the count.  */
static void
end_list (struct client *client, bool answered)
{
  gpg_error_t err = 0;

  if (client->counting)
    err = control_send (client, control_status (client, answered));
  else if (!answered)
    err = gpg_error (GPG_ERR_TIMEOUT);
  control_answer (client, err, answered ? NULL : "act does not answer");
}


/* Note that CLIENT waits for the answer to a message of the new id.  */
static gpg_error_t
expect (struct client *client, calls_done_t done, uint64_t *r_id)
{
  struct decide *decide = client->decide;
  gpg_error_t err;

  *r_id = decide_new_id (decide);
  err = calls_add (decide->calls, *r_id, decide->now.boot + CALLS_TIME_US,
                   done, client);
  if (!err)
    client->later = true;
  return err;
}


/* ERR is what came of sending the question.  */
static gpg_error_t
asked (struct client *client, gpg_error_t err, const char **r_why)
{
  if (!err)
    return 0;
  calls_forget (client->decide->calls, client);
  client->later = false;
  *r_why = "the process that could answer cannot be asked";
  return err;
}


static void
on_listed (void *hook, const struct calls_answer *answer)
{
  struct client *client = hook;
  const struct packet_listed *listed = &answer->u.listed;

  if (answer->type != PACKET_LISTED)
    end_list (client, false);
  else if (!listed->number)
    {
      client->owed = listed->owed;
      client->owed_since = listed->since;
      client->later = false;    /* The next page is due when there is room. */
      if (!client->more)
        end_list (client, true);
    }
  else
    {
      client->grants++;
      client->after = listed->number;
      client->more = true;
      if (!client->counting)
        control_send (client, describe_grant (listed, clock_seconds
                                              (&client->decide->now)));
    }
}


/* Ask for the grants after the last one that came.  A page without any is
   the end.  */
static gpg_error_t
ask_page (struct client *client, bool *r_done, const char **r_why)
{
  struct packet_list list = { client->after };
  gpg_error_t err;
  uint64_t id;

  *r_done = false;
  client->more = false;
  err = expect (client, on_listed, &id);
  if (!err)
    {
      calls_take_many (client->decide->calls, id);
      err = packet_send_list (client->decide->fd_out, id, &list);
    }
  return asked (client, err, r_why);
}


static gpg_error_t
list_grants (struct client *client, bool counting)
{
  client->counting = counting;
  client->grants = 0;
  client->after = 0;
  client->slice = ask_page;
  return 0;
}


static gpg_error_t
cmd_status (struct client *client, char *args, const char **r_why)
{
  if (next_word (&args))
    return bad_argument (r_why);
  return list_grants (client, true);
}


static gpg_error_t
cmd_grants (struct client *client, char *args, const char **r_why)
{
  if (next_word (&args))
    return bad_argument (r_why);
  return list_grants (client, false);
}


/* Shutting by hand is a decision too.  */
static void
note_close (struct client *client, unsigned int n)
{
  struct audit_row row;

  memset (&row, 0, sizeof row);
  row.time = clock_seconds (&client->decide->now);
  row.result = "closed";
  row.stage = "control";
  row.action = "close";
  snprintf (row.detail, sizeof row.detail, "%s: %u closed", client->closes,
            n);
  audit_put (client->decide->audit, &row);
}


static void
on_closed (void *hook, const struct calls_answer *answer)
{
  struct client *client = hook;
  const struct packet_closed *closed = &answer->u.closed;
  gpg_error_t err;

  if (answer->type != PACKET_CLOSED)
    control_answer (client, gpg_error (GPG_ERR_TIMEOUT),
                    "act does not answer");
  else if (closed->refusal)
    control_answer (client,
                    gpg_error (closed->refusal == REFUSAL_AMBIGUOUS
                               ? GPG_ERR_AMBIGUOUS_NAME : GPG_ERR_NOT_FOUND),
                    refusal_text (closed->refusal));
  else
    {
      note_close (client, closed->n);
      err = control_send (client, json_pack ("{sI}", "closed",
                                             (json_int_t)closed->n));
      control_answer (client, err, NULL);
    }
}


static bool
is_id (const char *word)
{
  size_t len = strlen (word);

  return len <= 2 * REQUEST_HASHLEN
    && len == strspn (word, "0123456789abcdef");
}


/* One of a person, an id, or all.  */
static gpg_error_t
parse_close (char *args, struct packet_close *close)
{
  const char *user;
  char *word;

  memset (close, 0, sizeof *close);
  while ((word = next_word (&args)))
    if ((user = option_value (word, "--user"))
        && netspec_name_valid (user, strlen (user)) && !*close->user)
      snprintf (close->user, sizeof close->user, "%s", user);
    else if (!strcmp (word, "--all") && !close->all)
      close->all = true;
    else if (is_id (word) && !*close->prefix)
      snprintf (close->prefix, sizeof close->prefix, "%s", word);
    else
      return gpg_error (GPG_ERR_ASS_PARAMETER);
  if (*close->user && !*close->prefix)
    close->all = true;
  return close->all || *close->prefix ? 0 : gpg_error (GPG_ERR_ASS_PARAMETER);
}


static gpg_error_t
cmd_close (struct client *client, char *args, const char **r_why)
{
  struct packet_close close;
  gpg_error_t err;
  uint64_t id;

  snprintf (client->closes, sizeof client->closes, "%s", args);
  if (parse_close (args, &close))
    return bad_argument (r_why);
  err = expect (client, on_closed, &id);
  if (!err)
    err = packet_send_close (client->decide->fd_out, id, &close);
  return asked (client, err, r_why);
}


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


/* Of a TIME it is told besides whether what was signed then is refused.  */
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
  struct audit_row row;

  log_info ("%s was unlocked by hand", user);
  memset (&row, 0, sizeof row);
  row.time = clock_seconds (&decide->now);
  row.result = "event";
  row.stage = "control";
  row.reason = "a person was unlocked by hand";
  row.user = known ? known->name : NULL;
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
      *r_why = "this person gave no wrong credential lately";
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


/* Whether what the key FPR signed at TIME is refused, as it was signed before
   its person changed; the key is in STATE since CHANGED, says who asks.  */
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


static bool
take_clean (const char *text, char *buf, size_t size)
{
  char *plain = NULL;
  size_t len;
  bool good;

  good = text && !*buf && !decode_percent (text, strlen (text), &plain, &len)
         && len && len < size && encode_is_clean (plain, len)
         && !memchr (plain, '\n', len);
  if (good)
    memcpy (buf, plain, len + 1);
  free (plain);
  return good;
}


/* The words of REVOKE and NOTE; who and why are percent-encoded.  */
static bool
parse_note (char *args, struct control_note *note)
{
  const char *value;
  char *word;

  while ((word = next_word (&args)))
    if ((value = option_value (word, "--user")) && !*note->user
        && netspec_name_valid (value, strlen (value)))
      snprintf (note->user, sizeof note->user, "%s", value);
    else if ((value = option_value (word, "--fpr")) && !*note->fpr
             && netspec_fpr_valid (value, strlen (value)))
      snprintf (note->fpr, sizeof note->fpr, "%s", value);
    else if (!take_clean (option_value (word, "--action"), note->action,
                          sizeof note->action)
             && !take_clean (option_value (word, "--by"), note->by,
                             sizeof note->by)
             && !take_clean (option_value (word, "--why"), note->why,
                             sizeof note->why))
      return false;
  return *note->user;
}


static const char *
or_null (const char *text)
{
  return *text ? text : NULL;
}


/* A row keeps no copy of the name: of who is not in the configuration it
   stands among the details.  */
static gpg_error_t
put_note (struct decide *decide, const struct control_note *note,
          const char *outcome)
{
  const struct config_user *user = config_user_by_name (decide->config,
                                                        note->user);
  struct audit_note row = { note->action, user ? user->name : NULL,
                            or_null (note->fpr), or_null (note->by),
                            or_null (note->why), outcome };

  if (user && !row.fpr)
    row.fpr = user->fpr;
  if (!user && !outcome)
    row.outcome = note->user;
  return audit_note (decide->audit, &decide->now, &row);
}


static void
on_revoked (void *hook, const struct calls_answer *answer)
{
  struct client *client = hook;
  bool answered = answer->type == PACKET_CLOSED;
  unsigned int n = answered && !answer->u.closed.refusal
    ? answer->u.closed.n : 0;
  char outcome[32];

  snprintf (outcome, sizeof outcome, "grants closed: %u", n);
  put_note (client->decide, &client->note, answered ? outcome : NULL);
  if (!answered)
    control_answer (client, gpg_error (GPG_ERR_TIMEOUT),
                    "act does not answer");
  else
    control_answer (client, control_send (client, json_pack ("{sI}", "closed",
                                                             (json_int_t)n)),
                    NULL);
}


/* All of a person's that is open or under way ends; the row says why.  */
static gpg_error_t
cmd_revoke (struct client *client, char *args, const char **r_why)
{
  struct packet_close close = { .all = true };
  gpg_error_t err;
  uint64_t id;

  memset (&client->note, 0, sizeof client->note);
  if (!parse_note (args, &client->note) || *client->note.action)
    return bad_argument (r_why);
  snprintf (client->note.action, sizeof client->note.action, "revoke");
  snprintf (close.user, sizeof close.user, "%s", client->note.user);
  err = expect (client, on_revoked, &id);
  if (!err)
    err = packet_send_close (client->decide->fd_out, id, &close);
  return asked (client, err, r_why);
}


/* Something else was done to the roster.  */
static gpg_error_t
cmd_note (struct client *client, char *args, const char **r_why)
{
  struct control_note note;

  memset (&note, 0, sizeof note);
  if (!parse_note (args, &note) || put_note (client->decide, &note, NULL))
    return bad_argument (r_why);
  return 0;
}


static void
on_reloaded (void *hook, const struct calls_answer *answer)
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
ask_parent (struct client *client, uint16_t type, const char **r_why)
{
  gpg_error_t err;
  uint64_t id;

  err = expect (client, on_reloaded, &id);
  if (!err)
    err = message_send (client->decide->fd_parent, type, id, NULL, 0);
  return asked (client, err, r_why);
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


/* Root can end what waits, and not approve it.  */
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
        ? "several wait that begin so; give more of the id"
        : "nothing of that id waits";
      return err;
    }
  err = pending_end (decide, pending, REFUSAL_DENIED, "root");
  if (err)
    *r_why = "it cannot be stored that it ends, and so it waits still";
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
  return ask_parent (client, PACKET_KEEP, r_why);
}


static gpg_error_t
cmd_reload (struct client *client, char *args, const char **r_why)
{
  if (next_word (&args))
    return bad_argument (r_why);
  return ask_parent (client, PACKET_RELOAD, r_why);
}


static gpg_error_t
cmd_settled (struct client *client, char *args, const char **r_why)
{
  if (next_word (&args))
    return bad_argument (r_why);
  return ask_parent (client, PACKET_SETTLED, r_why);
}


const struct control_command control_commands[] =
  {
    { "STATUS", cmd_status, "" },
    { "GRANTS", cmd_grants, "" },
    { "CLOSE", cmd_close, "[--user=NAME] [ID | --all]" },
    { "AUDIT", control_audit, "[--after=ROW] [--limit=N] [--last=N] [--since=T]"
      " [--until=T] [--user=NAME] [--source=ADDRESS] [--result=R]"
      " [--host=NAME]" },
    { "CHAIN", control_chain, "[--after=SEQ]" },
    { "LASTSEEN", control_lastseen, "[--user=NAME]" },
    { "REVOKE", cmd_revoke, "--user=NAME [--fpr=FPR] [--by=WHO]"
      " [--why=TEXT]" },
    { "NOTE", cmd_note, "--user=NAME --action=ACTION [--fpr=FPR] [--by=WHO]"
      " [--why=TEXT]" },
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
