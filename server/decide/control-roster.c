/* control-roster.c - BAR, REVOKE and NOTE: what changed in the roster.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "control-words.h"


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


/* The words of REVOKE and NOTE; --by and --why are percent-encoded.  */
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


/* A row keeps no copy of the name: the name of a person who is not in the
   configuration goes to the detail.  */
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
take_revoked (void *hook, const struct calls_answer *answer)
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


/* All that a person has open or under way ends; the row says why.  They are
   barred as well, if they have a key here still.  */
gpg_error_t
control_revoke (struct client *client, char *args, const char **r_why)
{
  struct packet_close close = { .all = true };

  memset (&client->note, 0, sizeof client->note);
  if (!parse_note (args, &client->note) || *client->note.action)
    return bad_argument (r_why);
  snprintf (client->note.action, sizeof client->note.action, "revoke");
  snprintf (close.user, sizeof close.user, "%s", client->note.user);
  config_end_user (client->decide->config, client->note.user,
                   client->note.fpr, clock_seconds (&client->decide->now));
  return control_ask (client, client->decide->fd_out, PACKET_CLOSE, &close,
                      take_revoked, r_why);
}


/* Nothing more is done for a person who is about to leave the roster: their
   access ends now.  A reload, which reads the roster again, says what follows.
   One who has this name with another key is somebody else.  */
gpg_error_t
control_bar (struct client *client, char *args, const char **r_why)
{
  struct decide *decide = client->decide;
  struct control_note note;

  memset (&note, 0, sizeof note);
  if (!parse_note (args, &note) || !*note.fpr || *note.action || *note.by
      || *note.why)
    return bad_argument (r_why);
  return config_end_user (decide->config, note.user, note.fpr,
                          clock_seconds (&decide->now));
}


/* Something else was done to the roster.  */
gpg_error_t
control_put_note (struct client *client, char *args, const char **r_why)
{
  struct control_note note;

  memset (&note, 0, sizeof note);
  if (!parse_note (args, &note) || put_note (client->decide, &note, NULL))
    return bad_argument (r_why);
  return 0;
}
