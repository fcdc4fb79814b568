/* doctor.c - postern doctor: why a host does not answer, and what to do.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The checks run in the order of causes: the first one that fails is the
 * likely cause, and the last one asks the server.  */

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


/* What follows a semicolon in the likely CAUSE is printed only at the
   end.  */
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

  json_array_append_new
    (list, json_pack ("{s:s, s:s, s:s, s:s*}", "check", name, "state",
                      word[f->state], "says", f->says ? f->says : "", "cure",
                      f->cure));
}


void
doctor_find (struct doctor_finding *finding, enum doctor_state state,
             int status, char *says, char *cure)
{
  *finding = (struct doctor_finding) { state, says, cure, status };
}


void
doctor_skip (struct doctor_finding *finding, const char *says)
{
  doctor_find (finding, DOCTOR_SKIPPED, EX_OK, gpgrt_bsprintf ("%s", says),
               NULL);
}


static void
finding_release (struct doctor_finding *f)
{
  gpgrt_free (f->says);
  gpgrt_free (f->cure);
  memset (f, 0, sizeof *f);
}


/* "BEGIN: NAME: TEXT"; long text continues below TEXT.  */
static void
print_last (const char *begin, const char *name, const char *text)
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
  print_last ("The likely cause: ", name, cause->says);
  if (cause->cure)
    print_last ("What to do: ", NULL, cause->cure);
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
  rc = select_open ("doctor", options, &d.profile, &d.host);
  if (rc < 0)
    rc = run_all_checks (&d);
  profile_close (d.profile);
  return rc;
}
