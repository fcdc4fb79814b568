/* doctor.c - postern doctor: why a host does not answer, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The checks are made in the order of causes, the last of them asks the
 * server.  The first that is bad is the likely cause.  */

#include "doctor.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sysexits.h>
#include "../ask/select.h"
#include "../../common/base/tojson.h"
#include "../../common/base/wrap.h"
#include "verbs.h"

#define INDENT 20               /* Columns before what is said.  */

static const char *const state_name[] = { "ok", "note", "BAD", "-" };


/* Of the likely CAUSE what follows a semicolon is told in the end alone.  */
static void
print_finding (const char *name, const struct doctor_finding *f, bool cause)
{
  const char *says = f->says ? f->says : "";
  char *text = gpgrt_bsprintf ("%.*s", (int)(cause ? strcspn (says, ";")
                                             : strlen (says)), says);

  printf ("  %-11s %-5s ", name, state_name[f->state]);
  wrap_own (stdout, text ? text : "", INDENT);
  gpgrt_free (text);
  if (f->state == DOCTOR_NOTE && f->cure)
    {
      printf ("%*s", INDENT, "");
      wrap_own (stdout, f->cure, INDENT);
    }
  fflush (stdout);
}


static void
keep_finding (json_t *list, const char *name, const struct doctor_finding *f)
{
  static const char *const word[] = { "ok", "note", "bad", "skipped" };
  json_t *object = json_pack ("{s:s, s:s, s:s}", "check", name, "state",
                              word[f->state], "says", f->says ? f->says : "");

  if (object && f->cure)
    json_object_set_new (object, "cure", json_string (f->cure));
  json_array_append_new (list, object);
}


static void
finding_release (struct doctor_finding *f)
{
  gpgrt_free (f->says);
  gpgrt_free (f->cure);
  memset (f, 0, sizeof *f);
}


/* "BEGIN: NAME: TEXT", and below TEXT what is too long.  */
static void
print_behind (const char *begin, const char *name, const char *text)
{
  char *line = gpgrt_bsprintf ("%s%s%s", name ? name : "", name ? ": " : "",
                               text ? text : "");

  fputs (begin, stdout);
  wrap_own (stdout, line ? line : "", strlen (begin));
  gpgrt_free (line);
}


/* Say the one likely cause; returns the exit code.  */
static int
print_conclusion (const struct doctor *d, const char *name,
                  const struct doctor_finding *cause)
{
  if (d->options->json)
    return cause->state == DOCTOR_BAD ? cause->status : EX_OK;
  if (cause->state != DOCTOR_BAD)
    {
      puts (d->powerless ? "The host answers, but you may not open or run"
            " anything there yet." : "All is well.");
      return EX_OK;
    }
  print_behind ("The likely cause: ", name, cause->says);
  if (cause->cure)
    print_behind ("What to do: ", NULL, cause->cure);
  return cause->status;
}


static int
run_all_checks (struct doctor *d)
{
  struct doctor_finding f, cause;
  const struct doctor_check *check;
  const char *name = "";
  bool first_bad;
  json_t *list = d->options->json ? json_array () : NULL;
  size_t i;
  int rc;

  memset (&cause, 0, sizeof cause);
  if (!list)
    printf ("%s:\n", d->host->name);
  for (i = 0; (check = doctor_check (i)); i++)
    {
      memset (&f, 0, sizeof f);
      check->look (d, &f);
      first_bad = f.state == DOCTOR_BAD && cause.state != DOCTOR_BAD;
      if (list)
        keep_finding (list, check->name, &f);
      else
        print_finding (check->name, &f, first_bad);
      if (first_bad)
        {
          cause = f;
          name = check->name;
        }
      else
        finding_release (&f);
    }
  if (list)
    tojson_print (list, stdout);
  rc = print_conclusion (d, name, &cause);
  finding_release (&cause);
  return rc;
}


int
doctor_verb (const struct options *options)
{
  struct doctor d;
  int rc;

  memset (&d, 0, sizeof d);
  d.options = options;
  if (options->n_args != 1)
    return kit_usage ("doctor", "it takes one HOST");
  rc = profile_open_for ("doctor", options->config, false, &d.profile);
  if (rc >= 0)
    return rc;
  d.host = select_one (d.profile, "doctor", options->arg[0]);
  rc = d.host ? run_all_checks (&d) : EX_NOHOST;
  profile_close (d.profile);
  return rc;
}
