/* skeleton.c - The first configuration of a host.
 * SPDX-License-Identifier: GPL-2.0-or-later
 *
 * What is written here is the administrator's from then on.  posternd.conf
 * comes last, for with it posternd would start.  */

#include "skeleton.h"

#include <string.h>
#include "../../common/base/file.h"

#define SSH "tcp/22"


static void
print_item_list (gpgrt_stream_t fp, const char *name, const char *const *item,
                 size_t n)
{
  size_t i;

  gpgrt_fprintf (fp, "%-10s = {", name);
  for (i = 0; i < n; i++)
    gpgrt_fprintf (fp, "%s'%s'", i ? ", " : "", item[i]);
  gpgrt_fputs ("}\n", fp);
}


/* "tcp/22,udp/53" becomes {'tcp/22', 'udp/53'}.  */
static void
print_port_list (gpgrt_stream_t fp, const char *ports)
{
  size_t len;

  gpgrt_fputs ("{", fp);
  while (*ports)
    {
      len = strcspn (ports, ",");
      gpgrt_fprintf (fp, "'%.*s'%s", (int)len, ports,
                     ports[len] ? ", " : "");
      ports += len + !!ports[len];
    }
  gpgrt_fputs ("}", fp);
}


/* One rule for all protected ports, so that the first invites already name
   something to open.  If nothing is protected, it is a comment.  */
static gpg_error_t
print_access (const struct skeleton *conf, void **r_text, size_t *r_len)
{
  const char *ports = *conf->protect ? conf->protect : SSH;
  const char *mark = *conf->protect ? "" : "# ";
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");

  if (!fp)
    return gpg_error_from_syserror ();
  gpgrt_fputs ("# access.conf - Who may do what; see postern-access.conf(5)."
               "\n# People stand in users.d/, one file each; postern-keys"
               " writes them.\n\n", fp);
  if (*mark)
    gpgrt_fputs ("# Nothing is protected yet.  What 'protect' in"
                 " posternd.conf names, a rule opens:\n", fp);
  gpgrt_fprintf (fp, "%srule %s {\n%s  groups       = {'ops'}\n"
                 "%s  ports        = ", mark,
                 strcmp (ports, SSH) ? "ops" : "ssh", mark, mark);
  print_port_list (fp, ports);
  gpgrt_fprintf (fp, "\n%s  max-time     = '60s'\n"
                 "%s  default-time = '30s'\n%s  observed     = true\n%s}\n",
                 mark, mark, mark, mark);
  return gpgrt_fclose_snatch (fp, r_text, r_len)
    ? gpg_error_from_syserror () : 0;
}


static gpg_error_t
print_posternd (const struct skeleton *conf, void **r_text, size_t *r_len)
{
  static const char *const any[] = { "any" };
  gpgrt_stream_t fp = gpgrt_fopenmem (0, "w+b");

  if (!fp)
    return gpg_error_from_syserror ();
  gpgrt_fprintf (fp, "# posternd.conf - see posternd.conf(5)\n\n"
                 "host       = '%s'\n", conf->host);
  if (conf->n_addresses)
    print_item_list (fp, "addresses", conf->address, conf->n_addresses);
  print_item_list (fp, "interfaces", conf->n_interfaces ? conf->interface : any,
                   conf->n_interfaces ? conf->n_interfaces : 1);
  gpgrt_fprintf (fp, "port       = %u\n", conf->port);
  gpgrt_fprintf (fp, "%sprotect    = ", *conf->protect ? "" : "# ");
  print_port_list (fp, *conf->protect ? conf->protect : SSH);
  gpgrt_fprintf (fp, "   # shut to all but grants\n"
                 "max-age    = '120s'        # of a request\n"
                 "max-ahead  = '30s'\n"
                 "replies    = true\n"
                 "workers    = 2\n"
                 "state      = '%s'\n"
                 "runtime    = '%s'\n"
                 "# The doors stand in doors/; see 'postern-keys door list'."
                 "\n", conf->state, conf->runtime);
  return gpgrt_fclose_snatch (fp, r_text, r_len)
    ? gpg_error_from_syserror () : 0;
}


static gpg_error_t
write_config_file (const char *dir, const char *name, const void *text,
                   size_t len)
{
  gpg_error_t err;
  char *path = gpgrt_bsprintf ("%s/%s", dir, name);

  if (!path)
    return gpg_error_from_syserror ();
  err = file_write (path, text, len, 0644, 1);
  gpgrt_free (path);
  return err;
}


static gpg_error_t
write_server (const struct skeleton *conf)
{
  gpg_error_t err;
  char *text = gpgrt_bsprintf ("# server.conf - the server's key; made by"
                               " 'postern-keys init'\n\n"
                               "server = '%s'\n"
                               "encryption-keys = {'%s'}\n",
                               conf->fpr, conf->encryption_key);

  if (!text)
    return gpg_error_from_syserror ();
  err = write_config_file (conf->dir, "server.conf", text, strlen (text));
  gpgrt_free (text);
  return err;
}


gpg_error_t
skeleton_write (const struct skeleton *conf)
{
  gpg_error_t err;
  void *access = NULL, *posternd = NULL;
  size_t access_len, posternd_len;

  err = print_access (conf, &access, &access_len);
  if (!err)
    err = print_posternd (conf, &posternd, &posternd_len);
  if (!err)
    err = write_server (conf);
  if (!err)
    err = write_config_file (conf->dir, "access.conf", access, access_len);
  if (!err)
    err = write_config_file (conf->dir, "posternd.conf", posternd,
                             posternd_len);
  gpgrt_free (access);
  gpgrt_free (posternd);
  return err;
}
