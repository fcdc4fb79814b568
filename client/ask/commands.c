/* commands.c - Which commands a host has for its person, as it last said.
 * SPDX-License-Identifier: GPL-2.0-or-later  */

#include "commands.h"

#include <stdlib.h>
#include <string.h>
#include "../../common/base/encode.h"
#include "../../common/base/file.h"

#define MAX_LEN 262144
#define MARK "command "


static char *
commands_path (profile_t profile)
{
  return gpgrt_bsprintf ("%s/commands", profile_dir (profile));
}


/* All of it, with a NUL; to be freed.  NULL: there is nothing.  */
static char *
read_commands (profile_t profile)
{
  char *path = commands_path (profile);
  unsigned char *text = NULL;
  size_t len;

  if (!path || file_read (path, MAX_LEN, &text, &len))
    text = NULL;
  gpgrt_free (path);
  return (char *)text;
}


/* The lines of TEXT that are of another server than FPR.  */
static void
copy_others (gpgrt_stream_t fp, const char *text, const char *fpr)
{
  const char *line = text, *end;

  for (; line && (end = strchr (line, '\n')); line = end + 1)
    if (strncmp (line, fpr, strlen (fpr)))
      gpgrt_fprintf (fp, "%.*s\n", (int)(end - line), line);
}


static void
copy_commands (gpgrt_stream_t fp, const char *reply, const char *fpr)
{
  const char *line = reply, *end;

  for (; *line; line = *end ? end + 1 : end)
    {
      end = line + strcspn (line, "\n");
      if (!strncmp (line, MARK, strlen (MARK)))
        gpgrt_fprintf (fp, "%s %.*s\n", fpr,
                       (int)(end - line) - (int)strlen (MARK),
                       line + strlen (MARK));
    }
}


/* What the server says, which goes to a terminal later: nothing but plain
   text.  */
static char *
copy_output (const struct report_item *item)
{
  reply_t reply = item->reply;

  if (!reply || reply->result != REPLY_DONE || !reply->output
      || !encode_is_clean (reply->output, reply->output_len))
    return NULL;
  return gpgrt_bsprintf ("%.*s", (int)reply->output_len, reply->output);
}


void
commands_note (profile_t profile, const struct report_item *item)
{
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");
  char *old = read_commands (profile), *path = commands_path (profile);
  char *said = copy_output (item);
  void *text = NULL;
  size_t len;

  if (fp && path && item->host && said)
    {
      copy_others (fp, old, item->host->server);
      copy_commands (fp, said, item->host->server);
      if (!gpgrt_fclose_snatch (fp, &text, &len)
          && (len != (old ? strlen (old) : 0) || (len && memcmp (old, text,
                                                                 len))))
        file_write (path, text, len, 0600, 0);
      fp = NULL;
    }
  gpgrt_fclose (fp);
  gpgrt_free (text);
  gpgrt_free (path);
  gpgrt_free (said);
  free (old);
}


void
commands_each (profile_t profile, const struct profile_host *host,
               void (*offer) (void *hook, const char *name,
                              const char *about), void *hook)
{
  char *text = read_commands (profile), *line, *save = NULL, *name, *about;
  size_t len = strlen (host->server);

  for (line = text ? strtok_r (text, "\n", &save) : NULL; line;
       line = strtok_r (NULL, "\n", &save))
    {
      if (strncmp (line, host->server, len) || line[len] != ' ')
        continue;
      name = line + len + 1;
      about = strchr (name, ':');
      if (!about)
        continue;
      *about++ = 0;
      if (netspec_name_valid (name, strlen (name)))
        offer (hook, name, about + strspn (about, " "));
    }
  free (text);
}
