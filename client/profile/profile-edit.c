/* profile-edit.c - Changes to the text of hosts.conf.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * The file is the person's own: only what is different of one host is
 * written anew, and all else stays byte for byte.  */

#include "../../common/conf/conf-scan.h"
#include "profile-parts.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const char heading[] =
  "# The hosts that you have joined; see postern-hosts.conf(5).  'postern'\n"
  "# changes the sections of hosts only, and leaves what else stands here.\n";

struct edit
{
  char *text;
  size_t len;
  char *scanned;                /* The text before any change, ...  */
  struct conf_marks marks;    /* ... and where all stands in it.  */
};


static char *
give_host (const struct profile_host *host)
{
  return strcmp (host->host, host->name)
    ? gpgrt_bsprintf ("'%s'", host->host) : NULL;
}


static char *
give_address (const struct profile_host *host)
{
  char *text = gpgrt_bsprintf ("{"), *longer;
  unsigned int i;

  for (i = 0; text && i < host->n_addresses; i++)
    {
      longer = gpgrt_bsprintf ("%s%s'%s'%s", text, i ? ", " : "",
                               host->address[i],
                               i + 1 == host->n_addresses ? "}" : "");
      gpgrt_free (text);
      text = longer;
    }
  return text;
}


static char *
give_number (uint64_t number)
{
  return number ? gpgrt_bsprintf ("%" PRIu64, number) : NULL;
}


static char *
give_string (const char *text)
{
  return *text ? gpgrt_bsprintf ("'%s'", text) : NULL;
}


static char *
give_port (const struct profile_host *host)
{
  return give_number (host->port);
}


static char *
give_server (const struct profile_host *host)
{
  return give_string (host->server);
}


static char *
give_signer (const struct profile_host *host)
{
  return give_string (host->signer);
}


static char *
give_user (const struct profile_host *host)
{
  return give_string (host->user);
}


static char *
give_door (const struct profile_host *host)
{
  return give_string (host->door);
}


static char *
give_door_ends (const struct profile_host *host)
{
  return give_number (host->door_ends);
}


static char *
give_ports (const struct profile_host *host)
{
  char text[NETSPEC_PORTSTRLEN];

  return give_string (netspec_ports_print (&host->ports, text));
}


static char *
give_credential (const struct profile_host *host)
{
  return give_string (host->credential);
}


static char *
give_serial (const struct profile_host *host)
{
  return give_number (host->serial);
}


static char *
give_joined (const struct profile_host *host)
{
  return give_number (host->joined);
}


/* What an invite says of a host, in the order in which it is written; the
   value as it stands in the file, or NULL for none.  */
static const struct
{
  const char *name;
  char *(*give) (const struct profile_host *host);
} fields[] =
  {
    { "host", give_host },
    { "address", give_address },
    { "port", give_port },
    { "server", give_server },
    { "signer", give_signer },
    { "user", give_user },
    { "door", give_door },
    { "door-ends", give_door_ends },
    { "ports", give_ports },
    { "credential", give_credential },
    { "serial", give_serial },
    { "joined", give_joined }
  };

#define N_FIELDS (sizeof fields / sizeof *fields)


/* Put NEW in place of the bytes from START to END.  */
static gpg_error_t
splice (struct edit *e, size_t start, size_t end, const char *new)
{
  size_t len = strlen (new);
  char *text = malloc (e->len - (end - start) + len + 1);

  if (!text)
    return gpg_error_from_syserror ();
  memcpy (text, e->text, start);
  memcpy (text + start, new, len);
  memcpy (text + start + len, e->text + end, e->len - end + 1);
  free (e->text);
  e->text = text;
  e->len = e->len - (end - start) + len;
  return 0;
}


/* True if nothing but blanks stands before POS on its line, which begins
   at *R_START.  */
static bool
begins_line (const struct edit *e, size_t pos, size_t *r_start)
{
  while (pos && (e->text[pos - 1] == ' ' || e->text[pos - 1] == '\t'))
    pos--;
  *r_start = pos;
  return !pos || e->text[pos - 1] == '\n';
}


/* True if nothing but blanks stands behind POS on its line; the next one
   begins at *R_END.  */
static bool
ends_line (const struct edit *e, size_t pos, size_t *r_end)
{
  pos += strspn (e->text + pos, " \t");
  *r_end = pos + (e->text[pos] == '\n');
  return !e->text[pos] || e->text[pos] == '\n';
}


/* Take the bytes from START to END out, and their lines where nothing else
   stands on them.  */
static gpg_error_t
cut (struct edit *e, size_t start, size_t end)
{
  size_t from, to;

  if (begins_line (e, start, &from) && ends_line (e, end, &to))
    return splice (e, from, to, "");
  return splice (e, start, end, "");
}


static void
edit_end (struct edit *e)
{
  free (e->text);
  free (e->scanned);
  free (e->marks.mark);
}


/* Read the profile's text, or begin one.  */
static gpg_error_t
edit_begin (profile_t profile, struct edit *e)
{
  const char *text = profile->text ? profile->text : heading;
  size_t len = profile->text ? profile->len : strlen (heading);

  memset (e, 0, sizeof *e);
  e->text = malloc (len + 1);
  e->scanned = malloc (len + 1);
  if (!e->text || !e->scanned)
    return gpg_error_from_syserror ();
  memcpy (e->text, text, len);
  e->text[len] = 0;
  memcpy (e->scanned, e->text, len + 1);
  e->len = len;
  return conf_scan ("hosts.conf", e->scanned, len, &profile_grammar,
                    &e->marks, NULL);
}


/* The mark of the section of the host NAME; the one behind the section's
   is number *R_NEXT.  */
static size_t
find_section (const struct edit *e, const char *name, size_t *r_next)
{
  const struct conf_mark *mark = e->marks.mark;
  size_t i, found = e->marks.n;

  for (i = 0; i < e->marks.n; i++)
    {
      if (!mark[i].section)
        continue;
      if (found < i)
        break;
      if (mark[i].text && mark[i].len == strlen (name)
          && !memcmp (mark[i].text, name, mark[i].len))
        found = i;
    }
  *r_next = i;
  return found;
}


/* The values of HOST (NULL: none), each NULL or to be freed.  */
static gpg_error_t
give_values (const struct profile_host *host, char **values)
{
  size_t i;

  for (i = 0; host && i < N_FIELDS; i++)
    {
      errno = 0;
      values[i] = fields[i].give (host);
      if (!values[i] && errno)
        return gpg_error_from_syserror ();
    }
  return 0;
}


static bool
is_same (const char *a, const char *b)
{
  return a && b ? !strcmp (a, b) : a == b;
}


static size_t
field_of (const struct conf_mark *mark)
{
  size_t i;

  for (i = 0; i < N_FIELDS; i++)
    if (mark->option && !strcmp (mark->option->name, fields[i].name))
      break;
  return i;
}


/* Put an option before the brace that closes SECTION.  */
static gpg_error_t
insert_option (struct edit *e, const struct conf_mark *section,
               const char *name, const char *value)
{
  gpg_error_t err;
  size_t brace = section->end - 1, line;
  bool own = begins_line (e, brace, &line);     /* A line for the brace.  */
  char *text = own ? gpgrt_bsprintf ("  %-9s = %s\n", name, value)
    : gpgrt_bsprintf (" %s = %s ", name, value);

  if (!text)
    return gpg_error_from_syserror ();
  err = splice (e, own ? line : brace, own ? line : brace, text);
  gpgrt_free (text);
  return err;
}


/* From the end to the begin, so that what is still to be changed stays
   where the marks say.  */
static gpg_error_t
change_section (struct edit *e, size_t section, size_t next,
                char *const *old, char *const *new)
{
  const struct conf_mark *mark = e->marks.mark;
  bool stands[N_FIELDS] = { false };
  gpg_error_t err = 0;
  size_t i, field;

  for (i = section + 1; i < next; i++)
    if ((field = field_of (mark + i)) < N_FIELDS)
      stands[field] = true;
  for (i = N_FIELDS; i-- > 0 && !err; )
    if (!stands[i] && new[i] && !is_same (old[i], new[i]))
      err = insert_option (e, mark + section, fields[i].name, new[i]);
  for (i = next; i-- > section + 1 && !err; )
    {
      field = field_of (mark + i);
      if (field == N_FIELDS || is_same (old[field], new[field]))
        continue;
      err = new[field] ? splice (e, mark[i].value, mark[i].end, new[field])
        : cut (e, mark[i].start, mark[i].end);
    }
  return err;
}


static gpg_error_t
change_title (struct edit *e, size_t section, const char *name)
{
  const struct conf_mark *mark = e->marks.mark + section;
  size_t start = (size_t) (mark->text - e->scanned);

  return splice (e, start, start + mark->len, name);
}


static gpg_error_t
append_section (struct edit *e, const char *name, char *const *values)
{
  gpg_error_t err;
  gpgrt_stream_t out = gpgrt_fopenmem (0, "w+b");
  void *text;
  size_t i;

  if (!out)
    return gpg_error_from_syserror ();
  gpgrt_fprintf (out, "%s\nhost %s {\n",
                 e->len && e->text[e->len - 1] != '\n' ? "\n" : "", name);
  for (i = 0; i < N_FIELDS; i++)
    if (values[i])
      gpgrt_fprintf (out, "  %-9s = %s\n", fields[i].name, values[i]);
  gpgrt_fprintf (out, "}\n%c", 0);
  if (gpgrt_fclose_snatch (out, &text, NULL))
    return gpg_error_from_syserror ();
  err = splice (e, e->len, e->len, text);
  gpgrt_free (text);
  return err;
}


/* With the empty line above it; comments there stay.  */
static gpg_error_t
remove_section (struct edit *e, const struct conf_mark *mark)
{
  size_t line;

  if (begins_line (e, mark->start, &line) && line > 1
      && e->text[line - 2] == '\n')
    return cut (e, line - 1, mark->end);
  return cut (e, mark->start, mark->end);
}


static gpg_error_t
edit (struct edit *e, const struct profile_host *old,
      const struct profile_host *new, char *const *old_values,
      char *const *new_values)
{
  gpg_error_t err;
  size_t section, next;

  if (!old)
    return append_section (e, new->name, new_values);
  section = find_section (e, old->name, &next);
  if (section == e->marks.n)
    return gpg_error (GPG_ERR_INTERNAL);
  if (!new)
    return remove_section (e, e->marks.mark + section);
  err = change_section (e, section, next, old_values, new_values);
  if (!err && strcmp (old->name, new->name))
    err = change_title (e, section, new->name);
  return err;
}


gpg_error_t
profile_edit (profile_t profile, const struct profile_host *old,
              const struct profile_host *new, char **r_text, size_t *r_len)
{
  gpg_error_t err;
  char *old_values[N_FIELDS] = { NULL }, *new_values[N_FIELDS] = { NULL };
  struct edit e;
  size_t i;

  *r_text = NULL;
  *r_len = 0;
  err = edit_begin (profile, &e);
  if (!err)
    err = give_values (old, old_values);
  if (!err)
    err = give_values (new, new_values);
  if (!err)
    err = edit (&e, old, new, old_values, new_values);
  if (!err)
    {
      *r_text = e.text;
      *r_len = e.len;
      e.text = NULL;
    }
  for (i = 0; i < N_FIELDS; i++)
    {
      gpgrt_free (old_values[i]);
      gpgrt_free (new_values[i]);
    }
  edit_end (&e);
  return err;
}
