"""Word lists for made-up names. Common given names and surnames, joined at random: nobody real is meant."""

from __future__ import annotations


def words(text: str) -> tuple[str, ...]:
    """The words of a text."""
    return tuple(text.split())


def listed(text: str) -> tuple[str, ...]:
    """The parts of a text between commas."""
    return tuple(text.split(","))


GIVEN: dict[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    # culture: (women, men)
    "spanish": (
        words(
            "María Ana Luisa Carmen Rosa Elena Patricia Gabriela Daniela Valentina Camila Sofía Isabel Lucía "
            "Andrea Paola Verónica Claudia Adriana Mónica Teresa Juana Beatriz Silvia Natalia Carolina "
            "Mariana Alejandra Yesenia Karina Lorena Marisol Yolanda Graciela Norma Irma Esperanza Yuleidy "
            "Yaneth Maribel Fernanda Ximena Noelia Rocío Pilar Inés Josefina Milagros Yamileth Estefanía"
        ),
        words(
            "José Juan Luis Carlos Jorge Miguel Pedro Manuel Francisco Javier Andrés Diego Daniel Alejandro "
            "Fernando Ricardo Eduardo Roberto Sergio Rafael Raúl Óscar Iván Julio César Mario Alberto Ramón "
            "Enrique Gustavo Mauricio Rodrigo Esteban Felipe Gonzalo Hernán Ignacio Joaquín Leonardo Marcos "
            "Martín Nelson Orlando Pablo Rubén Saúl Tomás Víctor Wilmer Yeison Édgar Darwin Freddy Germán "
            "Gilberto Ángel Adrián Simón"
        ),
    ),
    "portuguese": (
        words(
            "Ana Beatriz Larissa Juliana Fernanda Camila Letícia Mariana Patrícia Aline Luana Raquel Bruna "
            "Débora Tatiane Vanessa Conceição Francisca"
        ),
        words(
            "João Paulo Antônio Marcos Rafael Thiago Lucas Gustavo Felipe Bruno Vinícius Caio Renato "
            "Sebastião Fábio Anderson Márcio Leandro"
        ),
    ),
    "english": (
        words(
            "Mary Linda Susan Karen Nancy Emily Megan Ashley Hannah Rachel Laura Amy Rebecca Kelly Heather "
            "Olivia Grace Alice Julia Sarah Jessica Amanda Melissa Stephanie Nicole Katherine"
        ),
        words(
            "James John Robert Michael William David Richard Joseph Thomas Charles Matthew Anthony Mark "
            "Steven Andrew Kevin Brian George Edward Ronald Timothy Jason Jeffrey Ryan Jacob Eric"
        ),
    ),
    "chinese": (
        words("Li Fang Mei Xiu Yan Jing Na Hui Lan Ying Xia Min Qian Yun Ling"),
        words("Wei Jun Ming Qiang Lei Tao Hao Bo Peng Jian Feng Chao Gang Bin Kai"),
    ),
    "arabic": (
        words("Fatima Aisha Layla Mariam Zahra Noor Salma Hana Rania Samira Yasmin Amina"),
        words("Ahmad Mohammed Ali Omar Hassan Khalil Yusuf Ibrahim Karim Samir Tariq Nabil Walid Jamal"),
    ),
}

SURNAMES: dict[str, tuple[str, ...]] = {
    "spanish": words(
        "García Rodríguez Martínez Hernández López González Pérez Sánchez Ramírez Torres Flores Rivera "
        "Gómez Díaz Cruz Morales Reyes Gutiérrez Ortiz Chávez Ramos Ruiz Mendoza Álvarez Jiménez "
        "Castillo Vargas Romero Herrera Medina Aguilar Rojas Castro Fernández Guzmán Muñoz Salazar "
        "Contreras Delgado Silva Peña Ríos Vega Soto Mejía Cárdenas Navarro Campos Molina Cortés "
        "Espinoza Acosta Suárez Montoya Paredes Quispe Mamani Cabrera Figueroa Valencia Zambrano "
        "Villalobos Bravo Quintero Ochoa Barrios Escobar Rangel Marín Bermúdez Colmenares Urdaneta "
        "Briceño Graterol Mosquera Palacios Velásquez Zapata Arango Cano Duarte Galindo Hurtado Ibarra "
        "Juárez Lara Leiva Lozano Maldonado Miranda Montes Núñez Olivares Orozco Osorio Pacheco Padilla "
        "Parra Pineda Ponce Quiroga Robles Rosales Rubio Saavedra Salinas Sandoval Santana Sepúlveda "
        "Serrano Solano Tapia Toledo Trejo Trujillo Valdés Valenzuela Vera Vidal Villanueva Yáñez Zamora "
        "Zúñiga Arévalo Bustamante Carrasco Cifuentes Echeverría Fuentes Garrido Henríquez Inostroza "
        "Lagos Manríquez Ñancupil Oyarzún Pizarro Cuesta Alvarado Becerra Caicedo Bolaños Guevara Tovar "
        "Yépez Chacón Useche Pernía Ovalles Sulbarán Camejo Lugo Petit Salcedo Noguera"
    ),
    "portuguese": words(
        "Silva Santos Oliveira Souza Lima Pereira Ferreira Costa Rodrigues Almeida Nascimento Carvalho "
        "Araújo Ribeiro Barbosa Rocha Dias Moreira Nunes Mendes Freitas Cardoso Teixeira Correia "
        "Cavalcanti Gonçalves"
    ),
    "english": words(
        "Smith Johnson Williams Brown Jones Davis Miller Wilson Moore Taylor Anderson Jackson White "
        "Harris Clark Lewis Walker Hall Young King Wright Hill Scott Green Baker Adams Nelson Carter "
        "Mitchell Turner Phillips Campbell Parker Evans Edwards Collins Stewart Morris Murphy Cook "
        "Rogers Reed Bailey Cooper Ward Peterson Gray Hughes Foster Bryant Russell Hayes Whitaker "
        "Lindqvist Novak Kowalski Schroeder"
    ),
    "chinese": words(
        "Wang Li Zhang Liu Chen Yang Huang Zhao Wu Zhou Xu Sun Ma Zhu Hu Guo He Lin Gao Luo Zheng Liang Xie Tang Deng"
    ),
    "arabic": words(
        "Haddad Khoury Nasser Saleh Hamdan Mansour Aziz Darwish Fakhoury Habibi Jaber Kassem Najjar "
        "Rahman Sabbagh Shaheen Tawil Zayed Barakat Issa"
    ),
}

CULTURES = tuple(GIVEN)

NICKNAMES = listed(
    "El Flaco,El Gordo,Chino,El Maracucho,Catire,La Doña,El Ingeniero,Pelón,El Contador,Gata,Mono,"
    "El Primo,El Paisa,Zurdo,El Llanero,Negra,El Profe,Pecas"
)

FIRM_WORDS: dict[str, dict[str, tuple[str, ...]]] = {
    # language -> kind of firm -> what it calls itself
    "es": {
        "shop": listed(
            "Abarrotes,Tienda,Bodega,Minimercado,Farmacia,Panadería,Ferretería,Papelería,Carnicería,Frutería,"
            "Zapatería,Boutique,Librería,Óptica,Peluquería,Taller"
        ),
        "restaurant": listed("Restaurante,Cafetería,Arepera,Taquería,Pollería,Pizzería,Marisquería,Comedor"),
        "wholesaler": listed("Distribuidora,Comercializadora,Mayorista,Abastecedora,Depósito"),
        "manufacturer": listed("Industrias,Manufacturas,Textiles,Plásticos,Alimentos,Metalúrgica,Molinos"),
        "importer": listed("Importadora,Comercio Exterior,Importaciones y Exportaciones,Trading"),
        "landlord": listed("Inmobiliaria,Bienes Raíces,Arriendos,Inversiones"),
        "dealer": listed("Automotriz,Celulares,Electrónica,Autos,Motos"),
        "school": listed("Colegio,Unidad Educativa,Iglesia,Jardín Infantil,Academia"),
        "processor": listed("Pasarela,Pagos,Recaudos"),
        "payroll": listed("Nóminas,Servicios de Personal,Gestión de Nómina"),
        "shell": listed("Inversiones,Comercializadora,Servicios Generales,Soluciones,Consultoría,Logística"),
    },
    "en": {
        "shop": listed("Market,Corner Store,Pharmacy,Bakery,Hardware,Grocery,Shoes,Books,Salon,Auto Repair"),
        "restaurant": listed("Grill,Diner,Café,Kitchen,Taqueria,Pizza"),
        "wholesaler": listed("Wholesale,Distribution,Supply,Foods Distribution"),
        "manufacturer": listed("Manufacturing,Industries,Plastics,Textiles,Metal Works"),
        "importer": listed("Imports,Import Export,Global Trade,Trading"),
        "landlord": listed("Properties,Realty,Apartments,Housing"),
        "dealer": listed("Motors,Wireless,Electronics,Auto Sales"),
        "school": listed("Academy,Community Church,Preschool,Learning Center"),
        "processor": listed("Payments,Merchant Services,Pay"),
        "payroll": listed("Payroll,Staffing,Paymaster Services"),
        "shell": listed("Global Trade,Consulting,Logistics,Ventures,Holdings,Supply"),
    },
    "pt": {
        "shop": listed("Mercadinho,Padaria,Farmácia,Loja,Papelaria,Açougue"),
        "restaurant": listed("Restaurante,Lanchonete,Churrascaria,Padoca"),
        "wholesaler": listed("Distribuidora,Atacado,Comercial"),
        "manufacturer": listed("Indústria,Confecções,Alimentos,Metalúrgica"),
        "importer": listed("Importadora,Comércio Exterior"),
        "landlord": listed("Imobiliária,Imóveis"),
        "dealer": listed("Veículos,Celulares,Eletrônicos"),
        "school": listed("Colégio,Igreja,Creche"),
        "processor": listed("Pagamentos,Recebimentos"),
        "payroll": listed("Folha Serviços,Recursos Humanos"),
        "shell": listed("Comercial,Serviços,Soluções,Logística"),
    },
}

FIRM_NAMES: dict[str, tuple[str, ...]] = {
    "es": listed(
        "La Cumbre,El Manantial,Piedra Negra,San Rafael,Santa Elena,La Garza,El Samán,Los Cedros,"
        "La Riviera,Tierra Firme,El Horizonte,La Candelaria,Las Acacias,Villa Hermosa,El Cafetal,"
        "La Hacienda,Cerro Alto,Los Almendros,Santa Cruz,El Molino,La Torre,Bahía Blanca,El Puerto,"
        "Luna Nueva,Campo Alegre,La Guitarra,El Colibrí,Los Naranjos,Mar Abierto,La Vereda,San Antonio,"
        "El Mezquite,La Palma Real,Camino Real,El Encanto,Las Flores,La Montaña,El Dorado,Puerta del Sol,"
        "La Merced,Río Seco,Nueva Granada,Vista Hermosa,El Arrayán,Los Robles,La Quebrada,Cielo Claro,"
        "Arco Iris,El Nogal,La Ribera,La Esperanza,El Porvenir,San José,Santa Rosa,Los Andes,El Sol,"
        "La Estrella,Don Pancho,Doña Rosa,El Trébol,La Unión,Monte Verde,Río Grande,Las Palmas,El Roble,"
        "La Fortuna,Nuevo Mundo,El Progreso,La Victoria,Buenavista,San Miguel,La Colina,El Mirador,"
        "Los Pinos,La Sabana,El Tesoro,La Ceiba,Costa Azul,Agua Clara,Tres Hermanos,El Faro,La Perla,"
        "Punto Azul,Alfa,Omega,Delta,Cóndor,Quetzal,Turpial,Araguato,Jaguar,Alianza,Integral,Universal,"
        "Continental,Pacífico,Caribe,Andina,Austral,Oriente,Occidente,Centro,Premium,Express,Familiar,"
        "Popular,Central,Moderna,Tropical"
    ),
    "en": listed(
        "Sunrise,Oak Hill,Blue River,Main Street,Lakeside,Golden Gate,Silver Creek,Pioneer,Liberty,Cedar,"
        "Maple,Eagle,Summit,Harbor,Prairie,Redwood,Coastal,Westside,Eastgate,Northstar,Southwind,"
        "Evergreen,Crown,Heritage,Union,Premier,Allied,Metro,Atlas,Beacon,Crescent,Dynasty,Everbright,"
        "Fortune,Golden Harvest,Jade,Lotus,Orient,Pearl,Phoenix"
    ),
    "pt": listed(
        "Boa Vista,São Jorge,Santa Luzia,Bom Preço,Estrela,Rio Branco,Amazonas,Serra,Aurora,Primavera,"
        "União,Progresso,Tropical,Central,Ideal,Nova Era,Pantanal,Ipê"
    ),
}

STREETS = {
    "es": listed("Calle,Carrera,Avenida,Av. Bolívar,Calle Real,Jirón,Pasaje"),
    "en": listed("Main St,Oak Ave,Elm St,Maple Dr,Commerce Blvd,Cedar Ln"),
    "pt": listed("Rua das Flores,Avenida Brasil,Rua do Comércio,Travessa"),
}
