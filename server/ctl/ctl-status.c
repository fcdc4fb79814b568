/* ctl-status.c - posternctl status and horizon, as a person reads them.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * One table says what is printed, and how.  What a newer posternd says besides
 * is printed as it is: this program may be older than it.  */

#include "posternctl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include "../../common/base/netspec.h"
#include "../../common/base/wrap.h"

#define LABEL 24                /* Columns before a value.  */
#define SHOWN_HASH 16           /* Digits of the configuration's hash.  */

#define PRINTED JSON_INTEGER_FORMAT

struct line
{
  const char *key;              /* In the answer.  */
  const char *label;
  void (*show) (json_t *row, json_t *value);
};


static void
show_plain (json_t *row, json_t *value)
{
  (void)row;
  wrap_own (stdout, ctl_plain_text (value), LABEL);
}


/* A null is a number that decide does not know yet.  */
static void
show_number (json_t *row, json_t *value)
{
  (void)row;
  if (json_is_integer (value))
    printf ("%" PRINTED "\n", json_integer_value (value));
  else
    puts ("not known");
}


static void
show_hash (json_t *row, json_t *value)
{
  (void)row;
  printf ("%.*s...\n", SHOWN_HASH, ctl_plain_text (value));
}


static void
show_local_time (json_t *row, json_t *value)
{
  char text[32];

  (void)row;
  ctl_print_time ((time_t)json_integer_value (value), text);
  puts (*text ? text : "none");
}


static void
show_duration (json_t *row, json_t *value)
{
  char text[32];

  (void)row;
  puts (netspec_duration_print ((unsigned long)json_integer_value (value),
                                text));
}


static void
show_max_age (json_t *row, json_t *value)
{
  if (json_integer_value (value))
    show_duration (row, value);
  else
    puts ("none: requests of any age are taken");
}


static void
show_trial (json_t *row, json_t *value)
{
  char text[32];

  if (!json_is_true (value))
    puts ("no");
  else
    printf ("ends in %s; 'posternctl keep' keeps it\n",
            netspec_duration_print ((unsigned long)ctl_number (row,
                                                              "trial-left"),
                                    text));
}


static void
show_replies (json_t *row, json_t *value)
{
  json_t *error = json_object_get (value, "error");

  (void)row;
  printf ("%" PRINTED " sent, %" PRINTED " failed%s%s\n",
          ctl_number (value, "sent"), ctl_number (value, "failed"),
          error ? "; now: " : "", error ? ctl_plain_text (error) : "");
}


static void
show_owed (json_t *row, json_t *value)
{
  char text[32];

  (void)row;
  if (!json_is_object (value))
    puts ("not known");
  else if (!json_object_size (value))
    puts ("none");
  else
    printf ("%" PRINTED ", the oldest since %s\n",
            ctl_number (value, "close-commands"),
            ctl_print_time ((time_t)ctl_number (value, "since"), text));
}


/* N, or NONE for 0; the items follow below.  */
static void
show_sum (json_int_t n, const char *none)
{
  if (n)
    printf ("%" PRINTED "\n", n);
  else
    puts (none);
}


static void
show_locked (json_t *row, json_t *value)
{
  char text[32];
  json_t *one;
  size_t i;

  (void)row;
  show_sum ((json_int_t)json_array_size (value), "nobody");
  json_array_foreach (value, i, one)
    printf ("  %-*s %s left\n", LABEL - 3,
            ctl_plain_text (json_object_get (one, "user")),
            netspec_duration_print ((unsigned long)ctl_number (one, "seconds"),
                                    text));
}


static void
show_doors (json_t *row, json_t *value)
{
  json_t *one;
  size_t i;

  (void)row;
  show_sum ((json_int_t)json_array_size (value), "none");
  json_array_foreach (value, i, one)
    printf ("  %-*s %" PRINTED " packets, %" PRINTED " of them by its previous"
            " key\n", LABEL - 3,
            ctl_plain_text (json_object_get (one, "name")),
            ctl_number (one, "passed"), ctl_number (one, "by-previous-key"));
}


static void
show_counts (json_t *row, json_t *value)
{
  json_int_t sum = 0;
  json_t *one;
  size_t i;

  (void)row;
  json_array_foreach (value, i, one)
    sum += ctl_number (one, "count");
  show_sum (sum, "nothing");
  json_array_foreach (value, i, one)
    {
      printf ("%*" PRINTED "  ", LABEL - 2, ctl_number (one, "count"));
      wrap_own (stdout, ctl_plain_text (json_object_get (one, "reason")),
                LABEL);
    }
}


/* In the order of printing.  */
static const struct line lines[] =
  {
    { "host", "host", show_plain },
    { "version", "version", show_plain },
    { "since", "running since", show_local_time },
    { "config", "configuration", show_hash },
    { "health", "health", show_plain },
    { "trial", "on trial", show_trial },
    { "clock", "clock", show_plain },
    { "horizon", "horizon", show_local_time },
    { "let-go", "newest claim let go", show_local_time },
    { "claims", "claims", show_number },
    { "newest", "newest claim's number", show_number },
    { "claims-keep", "claims always kept", show_number },
    { "max-age", "max-age", show_max_age },
    { "max-ahead", "max-ahead", show_duration },
    { "passed", "packets passed", show_number },
    { "done", "requests done", show_number },
    { "queue", "requests under way", show_number },
    { "workers", "workers", show_number },
    { "grants", "grants", show_number },
    { "running", "commands running", show_number },
    { "checks", "credential checks", show_number },
    { "locked", "locked out", show_locked },
    { "replies", "replies", show_replies },
    { "owed", "close-commands owed", show_owed },
    { "doors", "doors", show_doors },
    { "counts", "refused", show_counts },
    { "trial-left", NULL, NULL } /* Shown with "trial".  */
  };

#define N_LINES (sizeof lines / sizeof *lines)


static bool
is_shown_key (const char *key)
{
  size_t i;

  for (i = 0; i < N_LINES; i++)
    if (!strcmp (lines[i].key, key))
      return true;
  return false;
}


/* Print what this table does not know.  */
static void
print_unknown (json_t *row)
{
  json_t *value, *name;
  const char *key;
  char *text;

  json_object_foreach (row, key, value)
    if (!is_shown_key (key)
        && (text = json_dumps (value, JSON_ENCODE_ANY | JSON_ENSURE_ASCII)))
      {
        name = json_string (key);
        printf ("%-*s ", LABEL - 1, ctl_plain_text (name));
        wrap_own (stdout, text, LABEL);
        json_decref (name);
        free (text);
      }
}


void
ctl_print_status (json_t *row)
{
  json_t *value;
  size_t i;

  for (i = 0; i < N_LINES; i++)
    if (lines[i].show && (value = json_object_get (row, lines[i].key)))
      {
        printf ("%-*s", LABEL, lines[i].label);
        lines[i].show (row, value);
      }
  print_unknown (row);
}
