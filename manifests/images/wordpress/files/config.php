<?php
/** WordPress's settings, from the container's surroundings. Debian's wp-config.php includes this file. */

require_once '/run/wordpress/database.php'; // DB_HOST, kept by update-mysql

define('DB_NAME', getenv('MYSQL_DATABASE'));
define('DB_USER', getenv('MYSQL_USER'));
define('DB_PASSWORD', getenv('MYSQL_PASSWORD'));
define('DB_CHARSET', 'utf8mb4');
ini_set('default_socket_timeout', '10'); // how long a page waits for a database that is gone
define('WP_DEBUG', (bool) getenv('WORDPRESS_DEBUG'));

// The blog answers under whatever name and port it is reached at: they are the container manifest's business.
$asked = $_SERVER['HTTP_HOST'] ?? '';
$https = ($_SERVER['HTTPS'] ?? 'off') !== 'off' || ($_SERVER['HTTP_X_FORWARDED_PROTO'] ?? '') === 'https';
$named = preg_match('/^([a-z0-9._-]+|\[[0-9a-f:.]+\])(:[0-9]+)?$/iD', $asked) ? $asked : 'localhost';
define('WP_HOME', ($https ? 'https://' : 'http://') . $named);
define('WP_SITEURL', WP_HOME);

// The code comes with the image; a new version of it is a new image.
define('DISALLOW_FILE_MODS', true);
define('AUTOMATIC_UPDATER_DISABLED', true);
