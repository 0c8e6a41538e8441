import java.sql.DriverManager;
import java.util.Properties;

class Main {
  public static void main(String[] arguments) throws Exception {
    var settings = new Properties();
    settings.setProperty("user", "admin");
    // A token: of the file of --write-env, of the AWS CLI, or of DsqlUtilities of AWS's SDK.
    settings.setProperty("password", System.getenv("PGPASSWORD"));
    settings.setProperty("sslmode", "verify-full");
    // The driver reads no PG variables. It trusts the authorities of Java where it is told so.
    var authority = System.getenv("PGSSLROOTCERT");
    if (authority != null) settings.setProperty("sslrootcert", authority);
    else settings.setProperty("sslfactory", "org.postgresql.ssl.DefaultJavaSSLFactory");
    var place = System.getenv("PGHOST") + ":" + System.getenv("PGPORT");
    var url = "jdbc:postgresql://" + place + "/postgres";
    try (var db = DriverManager.getConnection(url, settings);
        var statement = db.createStatement()) {
      statement.execute("CREATE TABLE IF NOT EXISTS jdbc_notes"
          + " (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), note text)");
      var added = statement.executeQuery(
          "INSERT INTO jdbc_notes (note) VALUES ('from JDBC') RETURNING note");
      added.next();
      System.out.println(added.getString(1));
    }
  }
}
