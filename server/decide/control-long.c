/* control-long.c - Answers that may be long: AUDIT, CHAIN and LASTSEEN.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * They are made slice by slice, as the reader takes them.  Between two
 * slices nothing of the store is held.  */

#include "control.h"

#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "../../common/base/encode.h"
#include "../ipc/fields.h"
#include "control-words.h"


#define WORD(name, most, member) \
  { "--" name, most, offsetof (struct audit_filter, member), \
    sizeof ((struct audit_filter *)0)->member }

/* MOST 0: the value stays a text.  */
static const struct
{
  const char *name;
  unsigned long long most;
  size_t at, size;
}
filter_words[] =
  {
    WORD ("after", INT64_MAX - 1, after), WORD ("limit", AUDIT_MAX_ROWS, limit),
    WORD ("last", AUDIT_MAX_ROWS, last), WORD ("since", INT64_MAX, since),
    WORD ("until", INT64_MAX, until), WORD ("user", 0, user),
    WORD ("source", 0, source), WORD ("result", 0, result),
    WORD ("host", 0, host)
  };


static bool
parse_filter_word (const char *word, struct audit_filter *filter)
{
  unsigned long long n;
  const char *value;
  char *at;
  size_t i;

  for (i = 0; i < sizeof filter_words / sizeof *filter_words; i++)
    if ((value = option_value (word, filter_words[i].name)))
      {
        at = (char *)filter + filter_words[i].at;
        if (!filter_words[i].most)
          memcpy (at, &value, sizeof value);
        else if (decode_decimal (value, strlen (value), filter_words[i].most,
                                 &n))
          return false;
        else
          field_set_number (at, filter_words[i].size, n);
        filter->has_until |= at == (char *)&filter->until;
        return true;
      }
  return false;
}


/* The values stay in ARGS.  */
static bool
parse_filter (char *args, struct audit_filter *filter)
{
  char *word;

  memset (filter, 0, sizeof *filter);
  while ((word = next_word (&args)))
    if (!parse_filter_word (word, filter))
      return false;
  return true;
}


/* The answer includes all that came before the question.  Refusals that
   similar ones may still join are not in the chain yet.  */
static void
begin_long (struct client *client, control_slice_t slice)
{
  struct decide *decide = client->decide;
  int wait;

  audit_flush (decide->audit, &decide->now, true, &wait);
  client->slice = slice;
}


static gpg_error_t
more_rows (struct client *client, bool *r_done, const char **r_why)
{
  (void)r_why;
  return audit_read (client->decide->audit, &client->filter, &client->rows,
                     control_slice_line, client, r_done);
}


gpg_error_t
control_audit (struct client *client, char *args, const char **r_why)
{
  snprintf (client->args, sizeof client->args, "%s", args);
  if (!parse_filter (client->args, &client->filter))
    return bad_argument (r_why);
  memset (&client->rows, 0, sizeof client->rows);
  begin_long (client, more_rows);
  return 0;
}


static gpg_error_t
more_links (struct client *client, bool *r_done, const char **r_why)
{
  gpg_error_t err = audit_read_chain (client->decide->audit, &client->links,
                                      control_slice_line, client, r_done);

  if (gpg_err_code (err) == GPG_ERR_EBUSY)
    *r_why = "rows were pruned before they could be read; start again";
  return err;
}


gpg_error_t
control_chain (struct client *client, char *args, const char **r_why)
{
  const char *word = next_word (&args);
  const char *value = word ? option_value (word, "--after") : "0";
  unsigned long long after;

  if (!value || next_word (&args)
      || decode_decimal (value, strlen (value), INT64_MAX, &after))
    return bad_argument (r_why);
  memset (&client->links, 0, sizeof client->links);
  client->links.after = after;
  begin_long (client, more_links);
  return 0;
}


static gpg_error_t
next_seen (struct client *client, bool *r_done, const char **r_why)
{
  const struct decide *decide = client->decide;
  gpg_error_t err = 0;

  (void)r_why;
  if (client->next < decide->config->n_users)
    err = audit_last (decide->audit, decide->config->user[client->next].name,
                      control_send_line, client);
  *r_done = ++client->next >= decide->config->n_users;
  return err;
}


gpg_error_t
control_lastseen (struct client *client, char *args, const char **r_why)
{
  const char *word = next_word (&args), *name = NULL;

  if (word && !(name = option_value (word, "--user")))
    return bad_argument (r_why);
  if (next_word (&args))
    return bad_argument (r_why);
  client->next = 0;
  begin_long (client, name ? NULL : next_seen);
  return name ? audit_last (client->decide->audit, name, control_send_line,
                            client) : 0;
}
